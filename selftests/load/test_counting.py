"""Arithmetic of a plan, places of arrivals, counters: exact, for whatever plan."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from golive.load import recorder as recorders
from golive.load.arrivals import RAMP, arrivals, asked
from golive.load.health import Health
from golive.load.ledger import Ledger
from golive.load.merging import Merge
from golive.load.plan import Endpoint, LoadPlan
from golive.load.recorder import End, Recorder
from golive.load.result import Block, Ended
from selftests.load.loads import plan as made

URL = "http://127.0.0.1:9"
PLANS = st.builds(
    lambda rate, blocks, ramp_s, timeout_s, processes, seed: made(
        URL, "a", "b", rate=rate, window_s=float(blocks), block_s=1.0, ramp_s=ramp_s, timeout_s=timeout_s,
        processes=processes, seed=seed,
    ),
    st.floats(4, 120), st.integers(1, 8), st.sampled_from([0.0, 1.0, 2.5]), st.floats(0.3, 3), st.integers(1, 4),
    st.integers(0, 5),
)  # fmt: skip


@given(PLANS)
@settings(max_examples=60)
def test_every_arrival_happens_once_in_its_block_and_no_user_is_ever_needed_too_early(plan: LoadPlan) -> None:
    count = 0
    for worker in range(plan.processes):
        own = list(arrivals(plan, worker))
        count += len(own)
        assert all(one.due_s <= other.due_s for one, other in pairwise(own))
        for one in own:
            expected = (
                RAMP if one.due_s < plan.ramp_s else min(int((one.due_s - plan.ramp_s) / plan.block_s), plan.blocks - 1)
            )
            assert one.block == expected or abs(one.due_s - plan.ramp_s - round(one.due_s - plan.ramp_s)) < 1e-6
        users = plan.users // plan.processes
        for one, other in zip(own, own[users:], strict=False):
            # A user is needed again after T at the earliest, but for an arrival's place within its own 1/rate.
            assert other.due_s - one.due_s >= plan.pace_s - plan.processes / plan.rate - 1e-6
    assert count == plan.scheduled == plan.ramp_arrivals + plan.window_arrivals
    assert list(arrivals(plan, plan.processes)) == []


@given(PLANS)
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_arrivals_and_each_second_its_share(plan: LoadPlan) -> None:
    own = [one for worker in range(plan.processes) for one in arrivals(plan, worker)]
    assert own == [one for worker in range(plan.processes) for one in arrivals(plan, worker)]
    for second in range(int(plan.length_s) + 1):
        due = sum(one.due_s < second for one in own)
        assert abs(due - asked(plan, second)) <= 2


def test_weights_are_shares() -> None:
    endpoints = (Endpoint(name="often", path="/1", weight=3), Endpoint(name="seldom", path="/2"))
    plan = made(URL, endpoints=endpoints, rate=1000, window_s=10)
    seldom = sum(one.endpoint for one in arrivals(plan, 0))
    assert 0.23 < seldom / plan.scheduled < 0.27


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"window_s": 5.5}, "no whole number of blocks"),
        ({"timeout_s": 0.25}, "not below the timeout"),
        ({"rate": 0.01}, "not one request"),
        ({"endpoints": (Endpoint(name="a", path="/1"), Endpoint(name="a", path="/2"))}, "same name"),
        ({"ca_file": "ca.pem"}, "no whole path"),
        ({"rate": float("inf")}, "finite"),
        ({"processes": 0}, "greater than or equal to 1"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(URL, "a", **wrong)


@pytest.mark.parametrize("path", ["", "relative", "//another.host/x", "/with space"])
def test_a_path_leads_to_the_plans_server_only(path: str) -> None:
    with pytest.raises(ValidationError):
        Endpoint(name="a", path=path)


def recorded(plan: LoadPlan, *ends: tuple[float, End, int]) -> Recorder:
    """A recorder of requests that were sent when due and took these milliseconds."""
    recorder = Recorder(plan)
    for arrival, (ms, end, status) in zip(arrivals(plan, 0), ends, strict=False):
        recorder.taken += 1
        recorder.sent(arrival, arrival.due_s)
        recorder.ended(arrival, arrival.due_s, arrival.due_s + ms / 1000, end, status)
    return recorder


def merged(plan: LoadPlan, *recorders: Recorder) -> Merge:
    merge = Merge(plan)
    for number, recorder in enumerate(recorders):
        merge.take(str(number), recorder.snapshot())
    return merge


def test_the_limit_itself_is_over_and_one_below_is_not() -> None:
    plan = made(URL, "a", rate=10, window_s=1)
    fine, over = (249.9, End.ANSWERED, 200), (250.1, End.ANSWERED, 200)
    recorder = recorded(plan, fine, over, (1, End.ANSWERED, 503), (1, End.FAILED, 0), (1, End.TIMED_OUT, 0))
    (endpoint,) = merged(plan, recorder).result(Ended.COMPLETE, "", [None]).endpoints
    assert endpoint.total == Block(n=5, over=4, errors=2, timeouts=1)
    assert endpoint.latencies.unanswered == 3
    assert endpoint.statuses == {"200": 2, "503": 1, "failed": 1, "timed out": 1}


def test_an_answer_with_too_little_in_it_is_an_error_however_quick() -> None:
    plan = made(URL, "a", rate=10, window_s=1)
    recorder = recorded(plan, (9, End.ANSWERED, 200), (1, End.TOO_SHORT, 200), (1, End.TOO_SHORT, 200))
    result = merged(plan, recorder).result(Ended.COMPLETE, "", [None])
    (endpoint,) = result.endpoints
    assert endpoint.total == Block(n=3, over=2, errors=2, timeouts=0)
    assert (endpoint.statuses, result.ledger.completed) == ({"200": 1, "200 too short": 2}, 3)


@given(st.lists(st.floats(0.1, 120_000), min_size=1, max_size=40))
def test_no_latency_is_lost_however_long(milliseconds: list[float]) -> None:
    plan = made(URL, "a", rate=50, window_s=1, timeout_s=200)
    recorder = recorded(plan, *((ms, End.ANSWERED, 200) for ms in milliseconds))
    (endpoint,) = merged(plan, recorder).result(Ended.COMPLETE, "", [None]).endpoints
    assert endpoint.total.n == endpoint.latencies.n == len(milliseconds)
    assert endpoint.latencies.unanswered >= sum(ms > 70_000 for ms in milliseconds)
    assert endpoint.latencies.max_ms == pytest.approx(max(milliseconds), abs=0.01)


def test_lateness_is_part_of_the_latency_and_told_apart() -> None:
    plan = made(URL, "a", rate=10, window_s=1)
    recorder = Recorder(plan)
    for arrival in arrivals(plan, 0):
        recorder.sent(arrival, arrival.due_s + 0.2)
        recorder.ended(arrival, arrival.due_s + 0.2, arrival.due_s + 0.3, End.ANSWERED, 200)
    result = merged(plan, recorder).result(Ended.COMPLETE, "", [None])
    assert result.total.over == result.health.blamed == result.health.late == 10
    assert any("only because they were sent late" in words for words in result.against_fail())


def test_what_lateness_could_explain_is_not_surely_over() -> None:
    plan = made(URL, "a", rate=100, window_s=1)
    recorder = Recorder(plan)
    for number, arrival in enumerate(arrivals(plan, 0)):
        sent_s = arrival.due_s + (0.1 if number < 3 else 0.0)
        recorder.sent(arrival, sent_s)
        recorder.ended(arrival, sent_s, arrival.due_s + (0.3 if number >= 90 else 0.15), End.ANSWERED, 200)
    result = merged(plan, recorder).result(Ended.COMPLETE, "", [None])
    assert (result.health.late, result.total.over) == (3, 10)
    assert result.surely_over(result.total) == 7
    assert result.surely_over(Block(n=100, over=4, errors=3, timeouts=1)) == 4


def test_processes_add_up_and_a_report_that_comes_twice_counts_once() -> None:
    plan = made(URL, "a", rate=10, window_s=1, processes=2)
    good = (10.0, End.ANSWERED, 200)
    first, second = recorded(plan, good, good), recorded(plan, good, (300.0, End.ANSWERED, 200), good)
    merge = merged(plan, first, second)
    merge.take("1", second.snapshot())
    result = merge.result(Ended.COMPLETE, "", [None])
    assert result.total == Block(n=5, over=1, errors=0, timeouts=0)
    assert result.endpoints[0].latencies.answered == 5
    assert sum(one.total.n for one in result.series) == 5


@pytest.mark.parametrize("theirs", [[], [None], [None, None, None]])
def test_no_endpoint_is_left_out_for_want_of_locusts_figure(theirs: list[float | None]) -> None:
    plan = made(URL, "a", "b", rate=10, window_s=1)
    with pytest.raises(ValueError, match=r"argument 2 is (shorter|longer) than argument 1"):
        merged(plan, recorded(plan)).result(Ended.COMPLETE, "", theirs)


def test_how_many_are_noted_before_they_are_counted_changes_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = made(URL, "a", "b", rate=700, window_s=1)
    kinds = ((9.0, End.ANSWERED, 200), (300.0, End.ANSWERED, 200), (9.0, End.ANSWERED, 503), (9.0, End.TOO_SHORT, 200),
             (9.0, End.FAILED, 0), (9.0, End.TIMED_OUT, 0))  # fmt: skip
    ends = [kinds[number % len(kinds)] for number in range(700)]
    counted = []
    for noted in (1, 7, recorders.NOTED, len(ends), len(ends) + 1):
        monkeypatch.setattr(recorders, "NOTED", noted)
        counted.append(recorded(plan, *ends).snapshot())
    assert counted == [counted[0]] * len(counted)
    assert (counted[0]["sent"], counted[0]["completed"] + counted[0]["timed_out"] + counted[0]["failed"]) == (700, 700)
    assert sum(block[0] for endpoint in counted[0]["endpoints"] for block in endpoint["blocks"]) == 700


def test_a_process_without_a_part_has_not_finished_and_is_named() -> None:
    plan = made(URL, "a", rate=1, window_s=1)
    own, extra = recorded(plan, (10.0, End.ANSWERED, 200)), Recorder(plan)
    own.exhausted = extra.exhausted = True
    assert own.finished
    assert not extra.finished
    result = merged(plan, own, extra).result(Ended.COMPLETE, "", [None])
    assert any("more generator processes joined than the 1" in words for words in result.against_pass())


def test_a_worker_with_another_plan_counts_for_nothing_and_blocks_everything() -> None:
    plan = made(URL, "a", rate=10, window_s=1)
    merge = merged(plan)
    merge.take("stranger", recorded(made(URL, "a", rate=11, window_s=1), (1.0, End.ANSWERED, 200)).snapshot())
    result = merge.result(Ended.COMPLETE, "", [None])
    assert result.total.n == 0
    assert "another plan" in result.against_pass()[0]
    assert "another plan" in result.against_fail()[0]


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        (Ledger(100, 0, 100, 90, 6, 4), ""),
        (Ledger(100, 0, 60, 60, 0, 0), "40 are unaccounted for"),
        (Ledger(100, 0, 100, 90, 0, 0), "the end of 10 is unknown"),
        (Ledger(100, 5, 95, 95, 0, 0), "only 95.00% of the load was delivered"),
        (Ledger(10_000, 5, 9_995, 9_995, 0, 0), ""),
    ],
)
def test_a_ledger_that_does_not_add_up_blocks_a_pass(ledger: Ledger, words: str) -> None:
    found = ledger.against_pass()
    assert bool(found) == bool(words)
    assert words in " ".join(found)


def test_lateness_never_blocks_a_pass() -> None:
    late = Health(1, 1, 100, 100, 100, 500.0, 900.0, 999.0, 1.0, 1.0)
    assert late.against_pass() == ()
    assert len(late.against_fail()) == 3
