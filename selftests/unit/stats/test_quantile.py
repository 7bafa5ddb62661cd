"""The percentile gate: never PASS without data, early, or beyond what the window shows; and its promise, simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from golive.stats.quantile import MIN_BLOCKS, Block, Plan, judge, judge_all
from golive.stats.verdict import Verdict
from selftests.truths import Server, judged

few = settings(max_examples=60)
PLAN = Plan(block_seconds=3, longest_burst_seconds=0.5)
FREE = Plan(block_seconds=3, longest_burst_seconds=0)

blocks = st.builds(lambda n, part: Block(n, round(n * part)), st.integers(0, 400), st.floats(0, 1))
rows = st.lists(blocks, max_size=70)


def even(n: int, over: int, count: int = 20) -> list[Block]:
    return [Block(n, over)] * count


@few
@given(rows, st.booleans(), st.sampled_from([FREE, PLAN]))
def test_what_a_result_says_agrees_with_itself(row: list[Block], ended: bool, plan: Plan) -> None:
    result = judge(row, plan, ended=ended)
    assert result.n == sum(block.n for block in row)
    assert result.over == sum(block.over for block in row)
    assert result.design_effect >= 1
    assert result.effective <= result.n
    if result.n:
        assert result.low <= result.share + 1e-9
        assert result.share <= result.high + 1e-9
    if result.verdict is Verdict.PASS:
        assert ended
        assert result.blocks >= MIN_BLOCKS
        assert result.high <= plan.limit_share + 1e-9
        assert result.covered_burst_seconds >= plan.longest_burst_seconds
    if result.verdict is Verdict.FAIL:
        assert result.share > plan.limit_share
    assert (result.verdict is Verdict.NOT_YET) == (not ended and result.verdict is not Verdict.FAIL)
    assert result.needed is None or result.needed > 0


@few
@given(rows)
def test_a_server_that_is_as_good_or_better_is_judged_no_worse(row: list[Block]) -> None:
    clean = [Block(block.n, 0) for block in row]
    assert judge(clean, FREE, ended=True).verdict is not Verdict.FAIL
    slow = [Block(block.n, block.n) for block in row]
    assert judge(slow, FREE, ended=True).verdict is not Verdict.PASS


@few
@given(rows)
def test_fewer_than_twenty_blocks_never_pass(row: list[Block]) -> None:
    assert judge(row[: MIN_BLOCKS - 1], FREE, ended=True).verdict is not Verdict.PASS


def test_no_requests_are_no_pass_and_say_so() -> None:
    for row in ([], even(0, 0, 60)):
        result = judge(row, FREE, ended=True)
        assert (result.verdict, result.why, result.needed) == (Verdict.UNKNOWN, "no requests", 59)
        assert math.isnan(result.share)
    assert "19 blocks" in judge(even(1000, 0, 19), FREE, ended=True).why


def test_the_number_of_blocks_decides_on_both_sides_of_twenty() -> None:
    assert judge(even(100, 0, 20), FREE, ended=True).verdict is Verdict.PASS
    assert judge(even(100, 0, 19), FREE, ended=True).verdict is Verdict.UNKNOWN


def test_independent_requests_are_judged_by_the_exact_binomial_test() -> None:
    row = [Block(100, 3 + (-1) ** place) for place in range(60)]
    result = judge(row, FREE, ended=True)
    assert result.design_effect == 1
    narrow = stats.binomtest(180, 6000).proportion_ci(0.9, "exact")
    assert result.low == pytest.approx(narrow.low, rel=0.02)
    assert result.high == pytest.approx(narrow.high, rel=0.02)
    assert result.low < narrow.low < narrow.high < result.high


def test_bursts_widen_what_scattered_requests_decide() -> None:
    scattered = judge(even(150, 3), FREE, ended=True)
    bunched = judge([*even(150, 30, 2), *even(150, 0, 18)], FREE, ended=True)
    assert (scattered.n, scattered.over) == (bunched.n, bunched.over)
    assert (scattered.verdict, bunched.verdict) == (Verdict.PASS, Verdict.UNKNOWN)
    assert bunched.design_effect > 10
    assert (bunched.needed or 0) > bunched.n


def test_a_burst_in_two_blocks_counts_as_one() -> None:
    apart = judge([Block(150, 40 if place in {3, 12} else 0) for place in range(20)], FREE, ended=True)
    beside = judge([Block(150, 40 if place in {3, 4} else 0) for place in range(20)], FREE, ended=True)
    assert beside.design_effect > 1.5 * apart.design_effect


def test_a_minute_speaks_of_short_bursts_only() -> None:
    clean = even(150, 0)
    covered = judge(clean, FREE, ended=True).covered_burst_seconds
    assert covered == pytest.approx(60 * math.log(0.95) / math.log(0.05))
    assert covered == pytest.approx(1.03, abs=0.01)
    assert judge(clean, Plan(3, 1.0), ended=True).verdict is Verdict.PASS
    beyond = judge(clean, Plan(3, 2.0), ended=True)
    assert beyond.verdict is Verdict.UNKNOWN
    assert "2 s must not" in beyond.why
    assert beyond.needed == pytest.approx(3000 * (2 / covered - 1), rel=0.01)
    assert judge(even(150, 0, 40), Plan(3, 2.0), ended=True).verdict is Verdict.PASS


def test_a_burst_longer_than_a_block_is_never_covered() -> None:
    assert judge(even(150, 0, 4000), FREE, ended=True).covered_burst_seconds == 3


def test_failing_is_allowed_early_passing_is_not() -> None:
    assert judge(even(150, 0), FREE, ended=False).verdict is Verdict.NOT_YET
    assert judge(even(150, 30, 10), FREE, ended=False).verdict is Verdict.FAIL


def test_a_server_that_never_answers_in_time_fails_after_three_blocks_not_two() -> None:
    plan = Plan(3, 0.5, looks=20)
    assert judge(even(150, 150, 2), plan, ended=False).verdict is Verdict.NOT_YET
    assert judge(even(150, 150, 3), plan, ended=False).verdict is Verdict.FAIL
    assert judge(even(150, 150, 1), plan, ended=True).verdict is Verdict.UNKNOWN


def test_looks_and_endpoints_share_the_chance_of_a_false_fail() -> None:
    # 95 of 1,500 are over: p about 0.015.
    row = [Block(75, 5 if place % 4 else 4) for place in range(20)]
    alone = judge(row, FREE, ended=True)
    assert 0.01 < alone.p_fail < 0.025
    assert alone.verdict is Verdict.FAIL
    assert judge(row, Plan(3, 0, looks=5), ended=True).verdict is Verdict.UNKNOWN
    several = judge_all(
        {"a": row, "b": even(75, 1), "c": even(75, 1), "d": even(75, 1), "e": even(75, 1)}, FREE, ended=True
    )
    assert several["a"].verdict is Verdict.UNKNOWN
    assert several["b"].verdict is Verdict.PASS


def test_on_the_limit_no_number_of_requests_is_named() -> None:
    assert judge(even(100, 5), FREE, ended=True).needed is None


def test_near_the_limit_some_tens_of_thousands_are_named() -> None:
    row = [Block(500, 23 + place % 2) for place in range(20)]
    result = judge(row, FREE, ended=True)
    assert result.verdict is Verdict.UNKNOWN
    assert result.needed is not None
    assert result.needed == 43_989 - 10_000


@pytest.mark.parametrize("wrong", [(0, 1, 0.05), (3, -1, 0.05), (3, 1, 0), (3, 1, 1)])
def test_a_plan_that_decides_nothing_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Plan(*wrong)


def test_more_over_than_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="more events than things"):
        judge([Block(1, 2), Block(1, 0)], FREE, ended=True)


MINUTE = Plan(3, 1, looks=6)
HALF_HOUR = Plan(30, 10, looks=30)
ON_THE_LIMIT = {
    "independent, 60 s": Server("independent", 0, 0.05, 20, Plan(3, 0, looks=6)),
    "1 s bursts, 60 s": Server("fixed", 1, 0.05, 20, MINUTE),
    "2 s bursts, 60 s": Server("fixed", 2, 0.05, 20, Plan(3, 2, looks=6)),
    "10 s bursts, 60 s": Server("fixed", 10, 0.05, 20, Plan(3, 10, looks=6)),
    "independent, 30 min": Server("independent", 0, 0.05, 60, Plan(30, 0, looks=30)),
    "2 s bursts, 30 min": Server("geometric", 2, 0.05, 60, HALF_HOUR),
    "10 s bursts, 30 min": Server("fixed", 10, 0.05, 60, HALF_HOUR),
    "10 s bursts, 30 min, one look": Server("fixed", 10, 0.05, 60, Plan(30, 10)),
    "bursts of 5 s on average, 30 min": Server("geometric", 5, 0.05, 60, HALF_HOUR),
}


@pytest.mark.parametrize("name", ON_THE_LIMIT)
def test_ground_truth_6_a_server_on_the_limit_rarely_passes(name: str) -> None:
    rates = judged(ON_THE_LIMIT[name], runs=600)
    print(f"{name}: true 5 %; PASS {rates.passed:.1%}, plain binomial {rates.plain:.1%}, peeking {rates.peeking:.1%}")
    assert rates.passed <= 0.05 + 1.5 * rates.error
    assert rates.failed <= 0.05 + 1.5 * rates.error


def test_ground_truth_6_the_controls_err() -> None:
    bursty = judged(ON_THE_LIMIT["2 s bursts, 30 min"], runs=300)
    assert bursty.plain > 0.3
    calm = judged(ON_THE_LIMIT["independent, 30 min"], runs=600)
    assert calm.peeking > 0.2
    # Bursts beyond what the window covers: the reason why a plan has to name the longest.
    beyond = judged(Server("fixed", 2, 0.05, 20, MINUTE), runs=600)
    assert beyond.passed > 0.12


@pytest.mark.parametrize(("share", "passes", "fails"), [(0.02, 0.95, 0.0), (0.0, 1.0, 0.0), (0.08, 0.0, 0.95)])
def test_servers_far_from_the_limit_are_told_in_a_minute(share: float, passes: float, fails: float) -> None:
    rates = judged(Server("independent", 0, share, 20, Plan(3, 0.5, looks=6)), runs=600)
    print(f"true {share:.0%}: PASS {rates.passed:.1%}, FAIL {rates.failed:.1%}")
    assert rates.passed >= passes
    assert rates.failed >= fails
    assert min(rates.passed, rates.failed) == 0


@pytest.mark.parametrize("share", [0.047, 0.053])
def test_servers_near_the_limit_are_never_told_the_wrong_way_round_more_often_than_promised(share: float) -> None:
    rates = judged(Server("geometric", 1, share, 60, Plan(30, 2, looks=30)), runs=400)
    print(f"true {share:.1%}: PASS {rates.passed:.1%}, FAIL {rates.failed:.1%}")
    wrong = rates.failed if share < 0.05 else rates.passed
    assert wrong <= 0.05


def test_the_same_counters_give_the_same_verdict() -> None:
    server = Server("geometric", 2, 0.05, 60, HALF_HOUR)
    assert np.array_equal(server.counts(20, 1), server.counts(20, 1))
    assert not np.array_equal(server.counts(20, 1), server.counts(20, 2))
    assert server.counts(400, 3).mean() / 1500 == pytest.approx(0.05, abs=0.004)
