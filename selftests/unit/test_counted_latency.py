"""From samples of a histogram to a verdict on real users' requests: edges, resets, errors, gaps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from golive.errors import TooLittleData
from golive.facts.counted_latency import CountedLatency
from golive.facts.request_counts import counted
from golive.facts.request_watch import buckets_of
from golive.load.window import Window
from golive.target.metrics import Requests
from golive.target.model import Target
from selftests.unit.answering import target

BEGAN, SECONDS, GAP = 1000.0, 60.0, 3.0
Curve = Callable[[float], float]
Series = list[Any]
SETTINGS = Requests(endpoints={"latest prices": 'route="/latest"'}, block=2, longest_burst=0.5)


def series(curve: Curve, edge: str, first: float = -GAP, **labels: str) -> list[Any]:
    """Every half second from so many seconds into the window on."""
    times = [first + step / 2 for step in range(round(2 * (SECONDS - first)) + 1)]
    return [{"le": edge, "status": "200", "pod": "gateway-0"} | labels, [(BEGAN + t, curve(t)) for t in times]]


def histogram(all_of: Curve, within: Curve, first: float = -GAP, **labels: str) -> Series:
    edges = {"0.1": within, "0.25": within, "0.5": all_of, "+Inf": all_of}
    return [series(curve, edge, first, **labels) for edge, curve in edges.items()]


def at(rate: float, base: float = 500) -> Curve:
    return lambda t: base + int(rate * (t + GAP))


def judged(found: Series, settings: Requests = SETTINGS) -> tuple[CountedLatency, Any]:
    about: Target = target()
    assert about.metrics
    about = about.model_copy(update={"metrics": about.metrics.model_copy(update={"requests": settings})})
    seen = {
        "began": BEGAN, "ended": BEGAN + SECONDS, "ahead": 0.0, "endpoints": {"latest prices": found}, "warnings": {},
    }  # fmt: skip
    latency = CountedLatency(about, Window(BEGAN, BEGAN + SECONDS, {"requests": seen}))
    (endpoint,) = latency.endpoints
    return latency, endpoint


def test_requests_below_the_edge_pass_and_what_was_counted_before_the_window_is_none_of_it() -> None:
    latency, found = judged(histogram(at(10), at(10)))
    latency.confirm_decided([found])
    assert (found.requests, found.over, found.errors, latency.too_slow([found])) == (600, 0, 0, {})
    assert (latency.course.limit_ms, latency.course.window_seconds) == (250, 60)


def test_the_share_beyond_the_edge_decides() -> None:
    latency, found = judged(histogram(at(10), at(9)))
    latency.confirm_decided([found])
    assert (found.requests, found.over) == (600, 60)
    assert "60 of 600 requests" in latency.too_slow([found])["latest prices"]


def test_errors_are_over_the_limit_however_quick() -> None:
    latency, found = judged([*histogram(at(10), at(10)), *histogram(at(1, 0), at(1, 0), first=5, status="503")])
    assert (found.requests, found.over, found.errors) == (663, 63, 63)
    assert latency.too_slow([found])


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "no series matches"),
        ([series(at(10), "0.1"), series(at(10), "+Inf")], "no bucket edge at 0.25 s; it has 0.1"),
        (histogram(at(10), at(10), first=1), "no sample from before the window"),
        (histogram(at(10), at(10), first=-GAP)[:0] + [
            [labels, [each for each in samples if not 1020 < each[0] < 1030]]
            for labels, samples in histogram(at(10), at(10))
        ], "no sample for 10.0 s, 3 s allowed"),
        (histogram(at(10), at(10)) + [
            [labels, [each for each in samples if not 1010 < each[0] < 1040]]
            for labels, samples in histogram(at(10), at(10), pod="gateway-1")
        ], "no sample for more than 3 s, while others went on, of pod=gateway-1 status=200"),
        (histogram(*2 * (lambda t: at(10)(t) if t < 30 else at(10, 0)(t - 30 - GAP),)), "counters began anew"),
        (histogram(at(0.1), at(0.1)), "about"),
    ],
    ids=["nothing", "no edge", "no base", "a gap", "a pod hangs", "a reset", "too few"],
)  # fmt: skip
def test_what_was_not_seen_whole_passes_nothing(found: Series, says: str) -> None:
    latency, endpoint = judged(found)
    with pytest.raises(TooLittleData, match=re.escape(says)):
        latency.confirm_decided([endpoint])


def test_a_pod_that_comes_within_the_window_is_whole_from_then_on() -> None:
    latency, found = judged([*histogram(at(10), at(10)), *histogram(at(5, 0), at(5, 0), first=20, pod="gateway-1")])
    latency.confirm_decided([found])
    assert (found.verdict, found.lacking) == ("under the limit", ())


def test_a_reset_hides_no_failure() -> None:
    def again(rate: float) -> Curve:
        return lambda t: at(rate)(t) if t < 30 else at(rate, 0)(t - 30 - GAP)

    latency, found = judged(histogram(again(10), again(8)))
    latency.confirm_decided([found])
    assert found.resets == 1
    assert "over the limit" in latency.too_slow([found])["latest prices"]


def test_blocks_hold_what_grew_within_them() -> None:
    buckets = buckets_of(histogram(at(10), at(10)), SETTINGS)
    found = counted(buckets, 0.25, BEGAN, BEGAN + SECONDS, 2, GAP)
    assert [each.n for each in found.blocks] == [20] * 30
