"""Waiting for something to be true: asked once at least, and no longer than the deadline."""

from __future__ import annotations

from golive.waiting import Deadline, comes_true


def asked_until(times: int, seconds: float) -> tuple[bool, int]:
    """Whether it came true on being asked for the n-th time, and how often it was asked."""
    asked: list[int] = []

    def probe() -> bool:
        asked.append(1)
        return len(asked) == times

    return comes_true(probe, Deadline("system", "its coming", seconds), interval=0.001), len(asked)


def test_it_ends_with_the_first_yes() -> None:
    assert asked_until(3, 60) == (True, 3)


def test_a_deadline_that_has_passed_still_asks_once() -> None:
    assert asked_until(1, 0) == (True, 1)
    assert asked_until(2, 0) == (False, 1)
