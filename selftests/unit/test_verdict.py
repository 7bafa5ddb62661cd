"""What an exception says, by where it was raised and what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import CannotEstablish, Reason, Unreachable, WrongVersion
from golive.finding import Outcome
from golive.plugin.verdict import judge
from golive.waiting import Deadline, wait_until

HERE = Path(__file__)


def verdict(error: BaseException, file: Path = HERE) -> tuple[Outcome, Reason | None]:
    def fails() -> None:
        raise error

    try:
        fails()
    except BaseException:  # noqa: BLE001 - that is what is judged
        judged = judge(pytest.ExceptionInfo.from_current(), file)
    return judged.outcome, judged.reason


def test_an_assertion_is_a_fail_only_in_the_tests_own_file() -> None:
    assert verdict(AssertionError("x")) == (Outcome.FAIL, None)
    assert verdict(AssertionError("x"), Path("/elsewhere/test_x.py")) == (Outcome.UNKNOWN, Reason.SUITE_ERROR)


@pytest.mark.parametrize("kind", CannotEstablish.__subclasses__())
def test_every_typed_error_is_unknown_with_its_reason(kind: type[CannotEstablish]) -> None:
    assert verdict(kind("system", "words")) == (Outcome.UNKNOWN, kind.reason)


def test_every_reason_for_reaching_a_system_has_an_error() -> None:
    assert {kind.reason for kind in CannotEstablish.__subclasses__()} >= {
        Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS, Reason.CREDENTIALS, Reason.PROTOCOL, Reason.WRONG_VERSION,
    }  # fmt: skip


def test_a_typed_error_is_found_in_groups_and_causes_however_deep() -> None:
    cause = KeyError("k")
    cause.__cause__ = ExceptionGroupless("x")
    cause.__cause__.__cause__ = WrongVersion("gateway", "r1")
    assert verdict(cause) == (Outcome.UNKNOWN, Reason.WRONG_VERSION)
    nested = ExceptionGroup("a", [ExceptionGroup("b", [Unreachable("s", "m")])])
    assert verdict(nested) == (Outcome.UNKNOWN, Reason.UNREACHABLE)


class ExceptionGroupless(Exception):
    """Any error in between."""


def test_a_wait_says_its_name_its_length_and_the_last_state() -> None:
    states = iter(["1 of 3 in sync", "2 of 3 in sync"])
    with pytest.raises(CannotEstablish, match=r"kafka: replicas in sync took longer than 0.01 s; last state: 2 of 3"):
        wait_until(
            lambda: (None, next(states, "2 of 3 in sync")), Deadline("kafka", "replicas in sync", 0.01), interval=0.001
        )
