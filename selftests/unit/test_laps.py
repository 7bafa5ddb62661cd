"""Where the time of the proofs goes."""

from __future__ import annotations

from golive_lab.laps import Laps, lines


def test_a_lap_is_the_time_since_the_last_one() -> None:
    laps = Laps()
    laps("entered")
    laps("looked")
    laps("entered")
    assert list(laps.seconds) == ["entered", "looked"]
    assert all(0 <= seconds < 5 for seconds in laps.seconds.values())


def test_the_sums_come_first_and_then_the_longest_proofs() -> None:
    laps = {
        "test_api[slow]": {"entered": 1.0, "looked": 4.0},
        "test_api[away]": {"entered": 2.0, "looked": 6.5},
    }
    assert list(lines(laps)) == [
        "time of all workers: entered 3.0 s, looked 10.5 s",
        "   8.5 s  test_api[away]: entered 2.0 s, looked 6.5 s",
        "   5.0 s  test_api[slow]: entered 1.0 s, looked 4.0 s",
    ]
