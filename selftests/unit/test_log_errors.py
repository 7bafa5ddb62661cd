"""From counts and patterns of window and baseline to the verdict on the logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from golive.clients.log_store import ErrorRecord, Errors, ServiceLog, Span
from golive.errors import TooLittleData
from golive.facts.log_errors import LogErrors, above, new, unusual
from golive.facts.log_watch import LogWatcher
from golive.load.window import Course, Window
from golive.target import Target
from selftests.unit.answering import target

BEGAN, ENDED, BLOCKS = 10_000.0, 10_020.0, 5
USUAL = {"feeder": {"feed took <number> ms": 20}}
SERVICES = ("feeder", "gateway", "ingest", "instruments", "jobs", "prices")


def side(began: float, ended: float, blocks: int, errors: Mapping[str, int], patterns: Any, **more: Any) -> Any:
    """Every service logs; those named also so many errors a block."""
    counts = {name: [100, *[errors.get(name, 0)] * blocks] for name in SERVICES}
    levels = {name: {"INFO": 100} for name in SERVICES}
    return {
        "began": began, "ended": ended, "counts": counts, "levels": levels, "patterns": patterns, "complete": True,
        **more,
    }  # fmt: skip


def logs(window: Mapping[str, int], patterns: Any = USUAL, change: Mapping[str, Any] | None = None) -> LogErrors:
    seen: dict[str, Any] = {
        "newest": dict.fromkeys(SERVICES, ENDED + 1),
        "future": {},
        "window": side(BEGAN, ENDED, BLOCKS, window, patterns),
        "baseline": side(2520.0, 2800.0, 70, {"feeder": 4}, {"feeder": {"feed took <number> ms": 280}}),
    }
    for name, value in (change or {}).items():
        where, _, what = name.partition(".")
        if what:
            seen[where][what] = value
        else:
            seen[where] = value
    return LogErrors(target(), Window(BEGAN, ENDED, {"logs": seen}))


def without(window: str, service: str) -> dict[str, Any]:
    counts = side(BEGAN, ENDED, BLOCKS if window == "window" else 70, {"feeder": 4}, {})["counts"]
    del counts[service]
    return {f"{window}.counts": counts}


def levels(**window: Mapping[str, int]) -> dict[str, Any]:
    return {"window.levels": {name: window.get(name, {"INFO": 100}) for name in SERVICES}}


def test_a_level_that_is_no_errors_or_is_usual_needs_no_word() -> None:
    usual = {"baseline.levels": {name: {"audit": 5, "": 3} for name in SERVICES}, "future": {"jobs": 3.9}}
    found = logs({"feeder": 4}, change=levels(jobs={"Warning": 9, "ERROR": 1, "audit": 7, "": 1}) | usual)
    found.confirm_decided(found.services, found.patterns)
    assert {each.verdict for each in found.services} == {"as usual"}


def test_errors_as_usual() -> None:
    found = logs({"feeder": 4})
    services, patterns = found.services, found.patterns
    found.confirm_decided(services, patterns)
    assert unusual(services, patterns) == {}
    assert {each.service: each.verdict for each in services} == dict.fromkeys(SERVICES, "as usual")
    feeder = services[0]
    assert (feeder.errors, feeder.rate, feeder.baseline_errors, feeder.baseline_rate) == (20, 1.0, 280, 1.0)
    assert feeder.usual_low < 4 < feeder.usual_high


@pytest.mark.parametrize(("service", "each"), [("feeder", 8), ("prices", 2)], ids=["doubled", "where there were none"])
def test_more_errors_are_above(service: str, each: int) -> None:
    found = logs({"feeder": 4, service: each})
    found.confirm_decided(found.services, found.patterns)
    assert list(above(found.services)) == [service]
    assert "times as many" in above(found.services)[service]


def test_one_error_of_a_kind_that_the_baseline_lacks_is_new() -> None:
    found = logs({"feeder": 4}, {**USUAL, "prices": {"cannot read <text>": 1}})
    found.confirm_decided(found.services, found.patterns)
    assert unusual(found.services, found.patterns) == {
        "prices: cannot read <text>": "1 in the window, none in the baseline"
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("window", "prices"), "prices: no record in the window$"),
        (without("baseline", "prices"), "prices: no record in the baseline$"),
        (
            {"newest": dict.fromkeys(SERVICES, ENDED - 6)},
            "jobs: its newest record is 6.0 s older than the window's end",
        ),
        ({"future": {"jobs": 31.0}}, r"jobs: its newest record is of 31\.0 s in the future"),
        (
            levels(jobs={"INFO": 9, "SEVERE": 91}),
            r"jobs: 91 records of level 'SEVERE', in no list of levels and not in",
        ),
        (levels(jobs={"error": 9}), r"jobs: 9 records of level 'error', in no list"),
        (levels(prices={"": 100}), r"prices: 100 records without a level, in no list"),
        ({"window.complete": False}, "the window holds more than 20000 errors"),
    ],
    ids=[
        "not shipped",
        "no baseline",
        "shipper stopped",
        "clock ahead",
        "new level",
        "other case",
        "no level",
        "too many",
    ],
)
def test_what_cannot_be_told_is_undecided(change: Mapping[str, Any], words: str) -> None:
    found = logs({"feeder": 4}, change=change)
    with pytest.raises(TooLittleData, match=words):
        found.confirm_decided(found.services, found.patterns)


def test_what_is_surely_above_is_so_whatever_else_is_undecided() -> None:
    found = logs({"feeder": 40}, change={"newest": {}})
    found.confirm_decided(found.services, found.patterns)
    assert list(above(found.services)) == ["feeder"]


def test_nothing_is_new_to_a_baseline_that_is_not_there_or_not_whole() -> None:
    unheard = {**USUAL, "prices": {"cannot read <text>": 1}}
    assert new(logs({"feeder": 4}, unheard, without("baseline", "prices")).patterns) == {}
    partly = logs({"feeder": 4}, unheard, {"baseline.complete": False})
    with pytest.raises(TooLittleData, match="what is new cannot be told"):
        partly.confirm_decided(partly.services, partly.patterns)


class Store:
    """A log store whose records arrive only after some looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def newest(self, since: float) -> dict[str, float]:
        self.looks -= 1
        return dict.fromkeys(SERVICES, since + (0 if self.looks > 0 else 1000))

    def counts(self, span: Span) -> dict[str, ServiceLog]:
        return {name: ServiceLog(9, (1,) * span.blocks) for name in SERVICES}

    def errors(self, _: Span) -> Errors:
        return Errors((ErrorRecord("prices", "took 12 ms"), ErrorRecord("prices", "took 13 ms")), complete=True)


@pytest.mark.parametrize(("looks", "arrived"), [(2, True), (100, False)])
def test_counting_waits_for_what_is_still_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    looks: int,
    arrived: bool,
) -> None:
    monkeypatch.setattr("golive.facts.log_watch.log_store", lambda *_: Store(looks))
    watcher = LogWatcher(impatient(target()))
    watcher.during(Course(0.05, tmp_path))
    seen = watcher.after()
    assert all(newest > seen["window"]["ended"] for newest in seen["newest"].values()) is arrived
    assert seen["baseline"]["ended"] - seen["baseline"]["began"] == 280
    assert seen["window"]["patterns"] == {"prices": {"took <number> ms": 2}}


def impatient(plain: Target) -> Target:
    assert plain.logs is not None
    return plain.model_copy(update={"logs": plain.logs.model_copy(update={"arrival": 1.0})})
