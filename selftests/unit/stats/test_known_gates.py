"""The percentile gate and the canary's: whole results by the beta distribution, and both sides of each boundary."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from golive.stats.proportions import compare_canary
from golive.stats.quantile import Block, Plan, covered_burst_seconds, evidence, judge, judge_all
from golive.stats.verdict import Verdict
from selftests.known import above, below, level, lower, same, upper

FREE = Plan(block_seconds=3, longest_burst_seconds=0)
CLEAN = [Block(150, 0)] * 20
COVERED = 60 * math.log(0.95) / math.log(0.05)
"""Of 20 clean blocks of 3 s: about 1 s."""
PAIRS = [Block(100, over) for over in (8, 8, 0, 0) * 5]
EFFECT = 20 / 19 * (20 * 4**2 + 2 * 4**2) / (2000 * 0.04 * 0.96)


def tail_as_t(tail: float, freedom: float) -> float:
    return float(stats.t.sf(stats.norm.isf(tail), freedom))


def test_a_clean_window_by_hand() -> None:
    high = 1 - level(0.05, 19) ** (1 / 3000)
    same(
        judge([*CLEAN, Block(0, 0)], FREE, ended=True),
        verdict=Verdict.PASS, why=f"at most {high:.2%} at or over the limit, 5.00% allowed", n=3000, over=0, blocks=20,
        share=0.0, low=0.0, high=high, design_effect=1.0, effective=3000.0, covered_burst_seconds=COVERED, needed=None,
        p_fail=1.0,
    )  # fmt: skip


def test_a_window_with_bursts_by_hand() -> None:
    n, at = 2000 / EFFECT, level(0.05, 19)
    low, high = lower(0.04 * n, n, at), upper(0.04 * n, n, at)
    alone = math.ceil(3701 * EFFECT) - 2000  # the exact test of 4 % against 5 % takes 3,701
    same(
        judge(PAIRS, FREE, ended=True),
        verdict=Verdict.UNKNOWN, why=f"the share lies between {low:.2%} and {high:.2%}, 5.00% allowed", n=2000, over=80,
        blocks=20, share=0.04, low=low, high=high, design_effect=EFFECT, effective=n,
        covered_burst_seconds=60 * math.log(0.99) / math.log(0.05), needed=alone,
        p_fail=tail_as_t(stats.beta.cdf(0.05, 0.04 * n, 0.96 * n + 1), 19),
    )  # fmt: skip


def test_a_slow_window_by_hand() -> None:
    at = level(0.05, 3)
    found = judge([Block(150, 15)] * 4, FREE, ended=False)
    same(
        found,
        verdict=Verdict.FAIL, why="10.00% at or over the limit, 5.00% allowed", n=600, over=60, blocks=4, share=0.1,
        low=lower(60, 600, at), high=upper(60, 600, at), design_effect=1.0, effective=600.0,
        covered_burst_seconds=0.0, needed=None, p_fail=tail_as_t(stats.binom.sf(59, 600, 0.05), 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "n", "over", "why", "needed"),
    [
        ([], 0, 0, "no requests", 59),
        ([Block(0, 0)] * 30, 0, 0, "no requests", 59),
        ([Block(10, 0)], 10, 0, "1 blocks with requests, 20 needed for a PASS", 190),
        ([Block(1, 0)], 1, 0, "1 blocks with requests, 20 needed for a PASS", 58),
        ([Block(10, 1)], 10, 1, "1 blocks with requests, 20 needed for a PASS", None),
    ],
)
def test_less_than_two_blocks_by_hand(blocks: list[Block], n: int, over: int, why: str, needed: int | None) -> None:
    found = judge(blocks, FREE, ended=True)
    if needed is None:  # 10 % seen: as many as show that it is more than 5 %
        needed = found.needed
        assert needed is not None
        assert needed > 190
    same(
        found,
        verdict=Verdict.UNKNOWN, why=why, n=n, over=over, blocks=min(n, 1), share=over / n if n else math.nan, low=0.0,
        high=1.0, design_effect=1.0, effective=float(min(n, 1)), covered_burst_seconds=0.0, needed=needed, p_fail=1.0,
    )  # fmt: skip


def test_what_is_needed_by_hand() -> None:
    assert judge([Block(1000, 0)] * 19, FREE, ended=True).needed == 1000  # the twentieth block
    assert judge([Block(2, 0)] * 20, FREE, ended=True).needed == 59 - 40
    assert judge([Block(2, 0)] * 29, FREE, ended=True).needed == 1
    seconds = 2 * math.log(0.05) / math.log(0.95)
    assert judge(CLEAN, Plan(3, 2), ended=True).needed == math.ceil(seconds / 3 * 150) - 3000
    on_the_limit = judge([Block(100, 5)] * 20, FREE, ended=True)
    assert (on_the_limit.verdict, on_the_limit.needed) == (Verdict.UNKNOWN, None)
    # The exact test would be content with what is there; the limits are not: as much again.
    assert judge([Block(29, 1)] * 20, replace(FREE, power=0.3), ended=True).needed == 580


def test_bursts_that_could_stay_unseen_are_said_with_their_length() -> None:
    assert judge(CLEAN, Plan(3, COVERED * (1 - 1e-12)), ended=True).verdict is Verdict.PASS
    beyond = judge(CLEAN, Plan(3, 2.5), ended=True)
    assert (beyond.verdict, beyond.why) == (
        Verdict.UNKNOWN, "bursts longer than 1 s could have stayed unseen, 2.5 s must not"
    )  # fmt: skip
    both = judge(PAIRS, Plan(3, 2.5), ended=True)
    assert both.covered_burst_seconds < 2.5
    assert both.why.startswith("the share lies between ")  # what is too wide is said first
    exactly = float(covered_burst_seconds(0.0, 20, FREE))
    assert judge(CLEAN, Plan(3, exactly), ended=True).verdict is Verdict.PASS
    assert judge(CLEAN, Plan(3, above(exactly)), ended=True).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.0, COVERED), (0.04, 60 * math.log(0.99) / math.log(0.05)), (0.06, 0)]
)
def test_covered_bursts_by_hand(share: float, seconds: float) -> None:
    assert float(covered_burst_seconds(share, 20, FREE)) == pytest.approx(seconds)
    assert covered_burst_seconds([share, 0.05], 1000, FREE).tolist() == pytest.approx([min(3, 50 * seconds), 0])


def test_both_sides_of_each_level() -> None:
    seen = evidence([75] * 20, [4] * 20, FREE)
    p_pass = float(evidence([75] * 20, [1] * 20, FREE).p_pass)
    plan = Plan(3, 0, alpha=p_pass)
    assert judge([Block(75, 1)] * 20, plan, ended=True).verdict is Verdict.PASS
    assert judge([Block(75, 1)] * 20, replace(plan, alpha=below(p_pass)), ended=True).verdict is Verdict.UNKNOWN
    p_fail = float(seen.p_fail)
    for alpha, verdict in {p_fail: Verdict.FAIL, below(p_fail): Verdict.NOT_YET}.items():
        assert judge([Block(75, 4)] * 20, Plan(3, 0, alpha=alpha), ended=False).verdict is verdict
    open_yet = judge([Block(75, 4)] * 20, FREE, ended=False)
    assert (open_yet.why, open_yet.needed) == ("the planned end is not reached", None)


def test_where_all_are_slow_each_block_counts_once() -> None:
    seen = evidence([[150, 150], [150, 150]], [[150, 150], [150, 149]], FREE)
    assert float(seen.p_fail[0]) == pytest.approx(0.05**2)
    assert float(seen.p_fail[1]) == pytest.approx(tail_as_t(stats.binom.sf(298, 300, 0.05), 1))
    assert seen.p_pass[0] == 1


def test_rows_of_a_simulation_pass_as_each_alone_would() -> None:
    rows = np.array([[0] * 20, [8] * 20, [0] * 19 + [20]])
    found = evidence(np.full((3, 20), 150), rows, FREE).passes(FREE)
    assert found.tolist() == [
        judge([Block(150, over) for over in row], FREE, ended=True).verdict is Verdict.PASS for row in rows
    ]
    assert found.tolist()[:2] == [True, False]
    assert not evidence(np.full((1, 19), 150), np.zeros((1, 19)), FREE).passes(FREE)[0]


def test_endpoints_are_judged_by_holm_s_p_values() -> None:
    slow, clean = [Block(75, 5 if place % 4 else 4) for place in range(20)], CLEAN
    alone = judge(slow, FREE, ended=True).p_fail
    found = judge_all({"slow": slow, "clean": clean, "too": slow}, FREE, ended=True)
    assert {name: result.p_fail for name, result in found.items()} == pytest.approx(
        {"slow": 3 * alone, "clean": 1.0, "too": 3 * alone}
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"block_seconds": 0}, {"longest_burst_seconds": -0.1}, {"limit_share": 0}, {"limit_share": 1},
        {"limit_share": 1.5},
    ],
)  # fmt: skip
def test_a_plan_by_which_nothing_is_decided_is_shown(wrong: dict[str, Any]) -> None:
    said = r"^nothing can be decided by Plan\(block_.*\): expected a share between 0 and 1 and lengths in seconds$"
    with pytest.raises(ValueError, match=said):
        Plan(**({"block_seconds": 3, "longest_burst_seconds": 0} | wrong))


@pytest.mark.parametrize("wrong", [{"looks": 0}, {"alpha": 1.0}])
def test_a_plan_s_levels_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^expected one look or more and a level between 0 and 1, not "):
        Plan(3, 0, **wrong)
    assert Plan(0.5, 0).block_seconds == 0.5


# The canary

ALIKE = [Block(100, 1)] * 20
AT = level(0.05, 19)
BELOW, ABOVE = 0.01 - lower(20, 2000, AT), upper(20, 2000, AT) - 0.01
WIDTH = math.hypot(BELOW, ABOVE)


def canary(verdict: Verdict, why: str, high: float = WIDTH) -> dict[str, Any]:
    return {
        "verdict": verdict, "why": why, "canary_share": 0.01, "stable_share": 0.01, "difference": 0.0, "low": -WIDTH,
        "high": high, "canary_n": 2000, "stable_n": 2000,
    }  # fmt: skip


def test_a_canary_like_the_stable_version_by_hand() -> None:
    same(
        compare_canary([*ALIKE, Block(0, 0)], ALIKE, margin=0.02, ended=True),
        **canary(Verdict.PASS, f"worse by {WIDTH:.3%} at most, 2.000% allowed"),
    )
    same(
        compare_canary(ALIKE, ALIKE, margin=0.001, ended=True),
        **canary(Verdict.UNKNOWN, f"the difference lies between {-WIDTH:.3%} and {WIDTH:.3%}, 0.100% allowed"),
    )
    same(
        compare_canary(ALIKE, ALIKE, margin=0.02, ended=False),
        **canary(Verdict.NOT_YET, "the planned end is not reached"),
    )


def test_a_worse_canary_by_hand() -> None:
    worse, at = [Block(50, 5)] * 20, level(0.05 / 4, 19)
    low = 0.09 - math.hypot(0.1 - lower(100, 1000, at), upper(20, 2000, at) - 0.01)
    same(
        compare_canary(worse, ALIKE, margin=0.02, ended=False, looks=4),
        verdict=Verdict.FAIL, why=f"worse by {low:.3%} at least, 2.000% allowed", canary_share=0.1, stable_share=0.01,
        difference=0.09, low=0.09 - math.hypot(0.1 - lower(100, 1000, AT), ABOVE),
        high=0.09 + math.hypot(upper(100, 1000, AT) - 0.1, BELOW), canary_n=1000, stable_n=2000,
    )  # fmt: skip


def test_bursts_of_a_canary_widen_its_limits_by_their_neighbours() -> None:
    found, n = compare_canary(PAIRS, ALIKE, margin=0.02, ended=True), 2000 / EFFECT
    assert found.high == pytest.approx(0.03 + math.hypot(upper(0.04 * n, n, AT) - 0.04, BELOW))


def test_both_sides_of_a_canary_s_margin() -> None:
    found = compare_canary(ALIKE, ALIKE, margin=0.02, ended=True)
    assert compare_canary(ALIKE, ALIKE, margin=found.high, ended=True).verdict is Verdict.UNKNOWN
    assert compare_canary(ALIKE, ALIKE, margin=above(found.high), ended=True).verdict is Verdict.PASS
    worse = [Block(50, 5)] * 20
    low = compare_canary(worse, ALIKE, margin=0.02, ended=True).low
    assert compare_canary(worse, ALIKE, margin=low, ended=True).verdict is Verdict.UNKNOWN
    assert compare_canary(worse, ALIKE, margin=below(low), ended=True).verdict is Verdict.FAIL


@pytest.mark.parametrize("sides", [(ALIKE[:19], ALIKE), (ALIKE, ALIKE[:19]), (ALIKE[:2], ALIKE)])
def test_less_than_twenty_blocks_on_either_side_are_open(sides: tuple[list[Block], list[Block]]) -> None:
    found = compare_canary(*sides, margin=0.2, ended=True)
    assert (found.verdict, found.why) == (Verdict.UNKNOWN, "fewer than 20 blocks with requests on a side")


NONE, ONE = [Block(0, 0)] * 3, [Block(10, 1), Block(0, 0)]
FIGURES = {id(ALIKE): (2000, 0.01), id(NONE): (0, math.nan), id(ONE): (10, 0.1)}


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        (NONE, ALIKE, "no requests of the canary"),
        (ALIKE, NONE, "no requests of the stable version"),
        (NONE, NONE, "no requests of the canary and stable version"),
        (ONE, ALIKE, "all requests of a side lie in one block"),
        (ALIKE, ONE, "all requests of a side lie in one block"),
    ],
)
def test_a_side_without_data_by_hand(mine: list[Block], theirs: list[Block], why: str) -> None:
    (n, share), (stable_n, stable_share) = FIGURES[id(mine)], FIGURES[id(theirs)]
    for ended, verdict in {True: Verdict.UNKNOWN, False: Verdict.NOT_YET}.items():
        same(
            compare_canary(mine, theirs, margin=0.02, ended=ended),
            verdict=verdict, why=why, canary_share=share, stable_share=stable_share, difference=share - stable_share,
            low=-1.0, high=1.0, canary_n=n, stable_n=stable_n,
        )  # fmt: skip


@pytest.mark.parametrize("margin", [0, 1, -0.1, 1.5])
def test_a_margin_that_is_none_is_named(margin: float) -> None:
    with pytest.raises(ValueError, match=f"^expected a margin between 0 and 1, not {margin}$"):
        compare_canary(ALIKE, ALIKE, margin=margin, ended=True)
