"""Servers whose truth is known by their own ledger: what is measured is never better, and no verdict is inverted.

All of it at a quarter of the speed (a limit of 1000 ms; 984 and 1016 for 246 and 254), so that what a busy machine adds
is a quarter as much beside the limit. ``benchmarks/locust_control.py`` shows 246 and 254 themselves.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from golive.load import driver
from golive.load.plan import Endpoint, LoadPlan
from golive.load.result import EndpointResult, LoadResult
from selftests.load.loads import Server, decide, plan, server, show

LIMIT_MS = 1000
FAST, SLOW = (20, 100), (1400, 1500)
"""Far from the limit, so that a busy machine moves none across it."""


def share(over: float) -> dict[str, Any]:
    return {"delays": [[1 - over, *FAST], [over, *SLOW]]}


PATHS: dict[str, Any] = {
    "two": share(0.02),
    "four_seven": share(0.047),
    "five_three": share(0.053),
    "eight": share(0.08),
    "p95_984": {"delays": [[0.94, *FAST], [0.04, 984, 984], [0.02, *SLOW]]},
    "p95_1016": {"delays": [[0.92, *FAST], [0.05, 1016, 1016], [0.03, *SLOW]]},
    "fast_errors": {"delays": [[1.0, *FAST]], "errors": 0.06},
    "far_beyond": {"delays": [[0.8, *FAST], [0.2, 2200, 2300]]},
}
WEIGHTS = {"far_beyond": 0.1}
RIGHT = {
    "two": {"PASS"},
    "four_seven": {"PASS", "INCONCLUSIVE"},
    "five_three": {"FAIL", "INCONCLUSIVE"},
    "eight": {"FAIL"},
    "p95_984": {"PASS", "INCONCLUSIVE"},
    "p95_1016": {"FAIL", "INCONCLUSIVE"},
    "fast_errors": {"FAIL", "INCONCLUSIVE"},
}


class Measured:
    def __init__(self, result: LoadResult, server: Server) -> None:
        self.result = result
        self.true = {name.removeprefix("/"): ledger for name, ledger in server.ledger.items()}
        self.of = {endpoint.name: endpoint for endpoint in result.endpoints}

    def decide(self, name: str) -> str:
        return decide(self.result, self.of[name].total)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """One load for all of them, some 750 requests each; the histogram's range is less than two seconds."""
    endpoints = tuple(Endpoint(name=n, path=f"/{n}?of=truth", weight=WEIGHTS.get(n, 1.0)) for n in PATHS)
    with server(limit_ms=LIMIT_MS, **PATHS) as running:
        limits = {"limit_ms": LIMIT_MS, "timeout_s": 4, "histogram_max_s": 1.9}
        asked = plan(running.url, endpoints=endpoints, rate=470, window_s=12, seed=5, **limits)
        result = driver.run(asked, tmp_path_factory.mktemp("truth"))
        running.end()
    return Measured(result, running)


def row(name: str, true: dict[str, int], found: EndpointResult, verdict: str) -> str:
    total = found.total
    return (
        f"{name:12} true {(true['over'] + true['errors']) / true['received']:6.2%} of {true['received']:5}"
        f"  measured {total.over / total.n:6.2%}  p95 {found.latencies.percentile_ms(95):6.1f} ms"
        f"  locust {found.locust_p95_ms} ms  {verdict}"
    )


def test_every_request_is_in_both_ledgers(measured: Measured) -> None:
    ledger = measured.result.ledger
    show(str(ledger), str(measured.result.health), *measured.result.against_fail())
    assert measured.result.against_pass() == ()
    assert ledger.scheduled == ledger.sent == measured.result.plan.window_arrivals == 5640
    assert ledger.sent == ledger.completed + ledger.timed_out + ledger.failed
    received = {name: true["received"] for name, true in measured.true.items()}
    if not ledger.timed_out + ledger.failed:  # else some never came as far as the server
        assert {name: endpoint.total.n for name, endpoint in measured.of.items()} == received


def test_nothing_is_measured_better_than_it_was(measured: Measured) -> None:
    for name, true in measured.true.items():
        show(row(name, true, measured.of[name], measured.decide(name)))
        assert measured.of[name].total.over >= true["over"] + true["errors"]
        assert measured.of[name].total.errors >= true["errors"]


@pytest.mark.parametrize("name", RIGHT)
def test_no_verdict_is_inverted(measured: Measured, name: str) -> None:
    """A generator that was disturbed says so, and nothing is decided against the server."""
    disturbed = {"INCONCLUSIVE"} if measured.result.against_fail() else set()
    figures = row(name, measured.true[name], measured.of[name], "")
    assert measured.decide(name) in RIGHT[name] | disturbed, figures


def test_locust_keeps_two_digits_and_we_keep_three(measured: Measured) -> None:
    theirs = [endpoint.locust_p95_ms for endpoint in measured.of.values() if endpoint.locust_p95_ms]
    assert len(theirs) == len(PATHS)
    assert all(float(f"{ms:.2g}") == ms for ms in theirs)
    ours = measured.of["p95_984"].latencies
    assert ours.percentile_ms(95) >= 984 - 984 / 1000
    assert any(float(f"{ms:.2g}") != ms for ms, _ in ours.ecdf())


def test_fast_errors_improve_no_percentile(measured: Measured) -> None:
    found = measured.of["fast_errors"]
    assert found.statuses.keys() >= {"200", "500"}
    assert 0 < found.latencies.answered <= found.statuses["200"]  # a slow one may be beyond the histogram
    assert found.latencies.n == sum(found.statuses.values())
    assert found.latencies.percentile_ms(95) == math.inf


def test_an_answer_beyond_the_histograms_range_is_counted(measured: Measured) -> None:
    found, true = measured.of["far_beyond"], measured.true["far_beyond"]
    assert true["over"] > 5
    assert found.total.over >= found.latencies.unanswered >= true["over"]
    assert found.latencies.n == found.total.n >= true["received"]
    assert found.latencies.max_ms >= 2200
    assert found.latencies.percentile_ms(99.9) == math.inf


def test_a_result_survives_its_file(measured: Measured) -> None:
    again = LoadResult.from_json(measured.result.to_json())
    assert again == measured.result
    assert LoadPlan.model_validate_json(again.plan.model_dump_json()).digest == measured.result.plan.digest


def test_series_and_ecdf_show_the_whole_load(measured: Measured) -> None:
    series, result = measured.result.series, measured.result
    assert sum(second.total.n for second in series) == result.total.n
    assert sum(second.sent for second in series) == result.ledger.sent
    assert sum(second.asked for second in series) == pytest.approx(result.ledger.scheduled)
    for endpoint in result.endpoints:
        points = endpoint.latencies.ecdf(50)
        assert len(points) <= 50
        assert list(points) == sorted(points)
        assert points[-1][1] == pytest.approx(endpoint.latencies.answered / endpoint.latencies.n)
