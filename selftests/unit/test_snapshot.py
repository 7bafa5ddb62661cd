"""The success metrics of a day: which are complete, and what of them is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from golive.clients.prometheus import Found, PrometheusClient, Series
from golive.errors import NotDescribed, TooLittleData
from golive.facts.snapshot import COMPLETE, Metric, Snapshot, parts
from golive.target.success_metrics import SuccessMetrics
from selftests.unit.answering import target

LIVE = datetime(2026, 11, 21, 8, tzinfo=UTC)
BEGIN, DAY, STEP = LIVE.timestamp(), 86_400, 300
STEPS = DAY // STEP + 1


def series(*values: float | None) -> Series:
    """One value a step, from the window's begin on; None where there is none."""
    return Series({}, tuple((BEGIN + at * STEP, value) for at, value in enumerate(values) if value is not None))


def settings(**changes: Any) -> SuccessMetrics:
    return SuccessMetrics.model_validate({"live_since": LIVE, "metrics": {"requests": "sum(x)"}, **changes})


def seen(
    monkeypatch: pytest.MonkeyPatch, *found: Series, now: float = BEGIN + DAY, asked: list[Any] | None = None
) -> Metric:
    def ranged(_: PrometheusClient, *words: Any) -> Found:
        if asked is not None:
            asked.append(words)
        return Found(found)

    monkeypatch.setattr(PrometheusClient, "now", lambda _: now)
    monkeypatch.setattr(PrometheusClient, "range", ranged)
    described = target().model_copy(update={"success_metrics": settings()})
    (metric,) = Snapshot(described).metrics()
    return metric


def test_a_whole_day_is_asked_for_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    metric = seen(monkeypatch, series(*[float(step // 12) for step in range(STEPS)]), asked=asked)
    assert asked == [("sum(x)", BEGIN, BEGIN + DAY, STEP)]
    assert (metric.state, metric.values, metric.steps) == (COMPLETE, 289, 289)
    assert (metric.since, metric.until) == (LIVE, LIVE + timedelta(days=1))
    assert (metric.least, metric.most) == (0, 24)
    assert metric.means[:23] == tuple(map(float, range(23)))
    assert metric.means[23] == pytest.approx((12 * 23 + 24) / 13)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ([], "missing: no value in the whole window"),
        ([series()], "missing: no value in the whole window"),
        ([series(*[math.nan] * STEPS)], "missing: no value in the whole window"),
        ([series(1.0), series(1.0)], "gives 2 series; one is a metric: aggregate them"),
        ([series(*[1.0] * 287, None, None)], COMPLETE),
        (
            [series(*[1.0] * 286, None, None, None)],
            "has a value at 286 of 289 steps; the first without is at 2026-11-22 07:50:00 UTC",
        ),
        (
            [series(None, None, None, *[0.0] * 286)],
            "has a value at 286 of 289 steps; the first without is at 2026-11-21 08:00:00 UTC",
        ),
    ],
)
def test_what_is_complete(monkeypatch: pytest.MonkeyPatch, found: list[Series], state: str) -> None:
    assert seen(monkeypatch, *found).state == state


def test_parts_without_a_value_are_none() -> None:
    assert parts([(0.0, 1.0), (1.9, 3.0), (48.0, 5.0)], 0, 48) == (2.0, *[None] * 22, 5.0)


def test_a_day_that_is_not_over_is_no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLittleData, match="the window ends at 2026-11-22T08:00:00"):
        seen(monkeypatch, series(1.0), now=BEGIN + DAY - 21)


def test_the_end_of_a_window_that_is_near_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([BEGIN, BEGIN, BEGIN + 1, BEGIN + 2])
    monkeypatch.setattr(PrometheusClient, "now", lambda _: next(times))
    monkeypatch.setattr(PrometheusClient, "range", lambda *_: Found(()))
    short = settings(live_since=None, seconds=2, step=1)
    (metric,) = Snapshot(target().model_copy(update={"success_metrics": short})).metrics()
    assert (metric.since, metric.until, metric.steps) == (LIVE, LIVE + timedelta(seconds=2), 3)
    assert next(times, None) is None


@pytest.mark.parametrize("wrong", [{"step": 86_400}, {"step": 1}, {"metrics": {}}, {"complete": 0}])
def test_what_a_target_may_not_say(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_a_target_without_success_metrics_says_so() -> None:
    with pytest.raises(NotDescribed, match=r"\[success_metrics\]"):
        Snapshot(target().model_copy(update={"success_metrics": None})).metrics()
