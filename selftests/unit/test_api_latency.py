"""From a load's counters to each endpoint's verdict, and what the generator's own noise does to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram

from golive.errors import TooLittleData, Unreachable
from golive.facts.api_latency import ApiLatency, EndpointLatency
from golive.facts.api_load import plan_of, running
from golive.facts.latency_words import BETTER_LOAD, MORE_LOAD
from golive.facts.load_looks import Looks, certainly_over, plan_of_decision
from golive.load.files import RESULT_FILE
from golive.load.health import Health
from golive.load.ledger import Ledger
from golive.load.merging import Progress
from golive.load.result import Block, Ended, EndpointResult, LatencyHistogram, LoadResult
from golive.load.window import Window
from golive.target import Target
from golive.target.load import read
from golive.target.performance import Load

BLOCKS, EACH = 20, 20
REQUESTS = BLOCKS * EACH


def target() -> Target:
    """The lab's, with one endpoint."""
    lab = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
    assert lab.load is not None
    one = {"latest prices": lab.load.endpoints["latest prices"]}
    return lab.model_copy(update={"load": lab.load.model_copy(update={"endpoints": one, "window": 60.0})})


def result(over: int, *, errors: int = 0, late: int = 0, **changes: Any) -> LoadResult:
    """So many of each block's twenty requests over the limit, some of them errors; so many of all sent late."""
    histogram = HdrHistogram(1, 60_000_000, 3)
    for number in range(REQUESTS - BLOCKS * errors):
        histogram.record_value(300_000 if number < BLOCKS * (over - errors) else 20_000)
    latencies = LatencyHistogram(histogram.encode().decode(), BLOCKS * errors, 300.0)
    statuses = {"200": REQUESTS - BLOCKS * errors, **({"500": BLOCKS * errors} if errors else {})}
    endpoint = EndpointResult("latest prices", (Block(EACH, over, errors, 0),) * BLOCKS, latencies, statuses)
    found = LoadResult(
        plan=plan_of(target()), started="", ended=Ended.COMPLETE, endpoints=(endpoint,), series=(),
        ledger=Ledger(REQUESTS, 0, REQUESTS, REQUESTS, 0, 0),
        health=Health(1, 1, REQUESTS, late, 0, 0.1, 1.0, 2.0, 0.1, 0.2),
    )  # fmt: skip
    return replace(found, **changes)


def seen(found: LoadResult) -> tuple[ApiLatency, EndpointLatency]:
    """What the item is told, by way of the window's file."""
    latency = ApiLatency(target(), Window(0.0, 60.0, {"api": {"result": found.to_json()}}))
    (endpoint,) = latency.endpoints
    return latency, endpoint


@pytest.mark.parametrize(
    ("found", "hint"),
    [(result(1), MORE_LOAD), (result(4, late=40), BETTER_LOAD)],
    ids=["too little", "a generator that was late"],
)
def test_what_to_do_follows_from_why_nothing_was_decided(found: LoadResult, hint: str) -> None:
    latency, endpoint = seen(found)
    with pytest.raises(TooLittleData) as undecided:
        latency.confirm_decided([endpoint])
    assert undecided.value.hint == hint


def test_a_fast_endpoint_is_under_its_limit() -> None:
    latency, endpoint = seen(result(0))
    assert (endpoint.verdict, endpoint.requests, endpoint.over) == ("under the limit", 400, 0)
    assert endpoint.p95_ms == pytest.approx(20, rel=0.002)  # the histogram's three digits
    latency.confirm_decided([endpoint])
    assert ApiLatency.too_slow([endpoint]) == {}


def test_a_slow_one_is_over_it_and_says_by_what() -> None:
    latency, endpoint = seen(result(4))
    latency.confirm_decided([endpoint])
    assert ApiLatency.too_slow([endpoint]) == {
        "latest prices": "over the limit: 20.00% at or over the limit, 5.00% allowed; p95 300.03; "
        "0 errors, 0 timeouts; ended with 200 (400 times)"
    }


def test_quick_errors_are_over_the_limit_and_counted() -> None:
    _, endpoint = seen(result(4, errors=4))
    assert (endpoint.over, endpoint.errors, endpoint.p95_ms) == (80, 80, "no answer")
    told = ApiLatency.too_slow([endpoint])["latest prices"]
    assert told.endswith("80 errors, 0 timeouts; ended with 200 (320 times), 500 (80 times)")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (result(0, ledger=Ledger(REQUESTS + 40, 40, REQUESTS, REQUESTS, 0, 0)), "of the load was delivered"),
        (result(0, ended=Ended.WORKERS_LOST), "the load ended workers lost"),
        (result(0, problems=("a worker with another plan",)), "a worker with another plan"),
        (result(4, late=300), "surely by the server"),
        (result(16, late=100), "100 of 400 requests were sent late"),
        (result(1), "the share lies between"),
    ],
    ids=["load missing", "worker lost", "other plan", "perhaps only late", "generator late", "on the limit"],
)
def test_what_speaks_against_the_measurement_leaves_it_open(found: LoadResult, says: str) -> None:
    latency, endpoint = seen(found)
    assert endpoint.verdict == "undecided"
    with pytest.raises(TooLittleData, match=says):
        latency.confirm_decided([endpoint])


def test_one_endpoint_that_is_too_slow_decides_whatever_is_open_beside_it() -> None:
    latency, open_ = seen(result(1))
    _, slow = seen(result(4))
    latency.confirm_decided([open_, slow])
    assert set(ApiLatency.too_slow([open_, slow])) == {"latest prices"}


def test_what_kept_the_load_from_being_made_is_the_items_reason() -> None:
    error = {"error": "Unreachable", "system": "gateway", "message": "refused", "hint": ""}
    with pytest.raises(Unreachable, match="gateway: refused"):
        ApiLatency(target(), Window(0.0, 1.0, {"api": error}))


def test_the_running_line_has_an_interval_and_no_verdict() -> None:
    settings = target().load
    assert settings is not None
    words = running(Progress(10.4, 62.0, 200, 200, 200, 1, {"latest prices": Block(200, 4, 1, 0)}), settings)
    assert words == "10 of 62 s, 200 requests sent; at or over 250 ms: 0.55% to 5.04% so far, 5.00% allowed; 1 errors"


def of_minutes(minutes: int) -> Load:
    load = target().load
    assert load is not None
    return load.model_copy(update={"window": 60.0 * minutes, "ramp": 5.0})


def test_each_minute_is_looked_at_once_and_the_last_one_by_the_verdict(tmp_path: Path) -> None:
    (tmp_path / RESULT_FILE).write_text(result(8).to_json(), encoding="utf-8")
    looks = Looks(of_minutes(3), tmp_path)
    looks.follow(64)
    assert looks.certain == {}
    looks.follow(66)
    assert looks.certain == {"latest prices": "40.00% at or over the limit, 5.00% allowed, for certain after 60 s"}
    assert looks.words == "; over the limit for certain: latest prices"
    (tmp_path / RESULT_FILE).unlink()
    looks.follow(126)
    looks.follow(190)
    assert looks.certain.keys() == {"latest prices"}
    assert (plan_of_decision(of_minutes(3)).looks, plan_of_decision(target().load or of_minutes(1)).looks) == (3, 1)


def test_a_look_says_nothing_where_the_generator_may_be_to_blame_or_nothing_is_certain(tmp_path: Path) -> None:
    plan = plan_of_decision(of_minutes(10))
    assert certainly_over(result(0), plan) == {}
    assert certainly_over(result(1), plan) == {}
    assert certainly_over(result(8), plan).keys() == {"latest prices"}
    assert certainly_over(replace(result(8), problems=("a worker with another plan",)), plan) == {}


def test_what_was_certain_stands_whatever_comes_after_it() -> None:
    certain = {"latest prices": "40.00% at or over the limit, 5.00% allowed, for certain after 60 s"}
    latency = ApiLatency(target(), Window(0.0, 60.0, {"api": {"result": result(0).to_json(), "certain": certain}}))
    (endpoint,) = latency.endpoints
    assert endpoint.verdict == "over the limit"
    assert "for certain after 60 s" in latency.too_slow([endpoint])["latest prices"]
