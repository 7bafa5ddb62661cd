"""Two sides compared: canary and stable version, window and baseline, the share of traffic sent and asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.stats.proportions import compare_canary
from golive.stats.quantile import Block
from golive.stats.rates import Counted, RateVerdict, compare_rates
from golive.stats.traffic import ClientCount, traffic_share
from golive.stats.verdict import Verdict
from selftests import bursts, truths

few = settings(max_examples=60)
block = st.builds(lambda n, part: Block(n, round(n * part)), st.integers(0, 300), st.floats(0, 1))
sides = st.lists(block, max_size=40)
counted = st.lists(st.builds(Counted, st.integers(0, 50), st.just(0.0) | st.floats(0.01, 60)), max_size=30)
clients = st.lists(
    st.builds(lambda n, part: ClientCount(n, round(n * part)), st.integers(0, 90), st.floats(0, 1)), max_size=40
)
STEPS = (0.1, 0.5, 1.0)


@few
@given(sides, sides, st.booleans())
def test_a_canary_passes_only_at_the_end_and_within_its_margin(
    canary: list[Block],
    stable: list[Block],
    ended: bool,
) -> None:
    result = compare_canary(canary, stable, margin=0.02, ended=ended)
    if result.verdict is Verdict.PASS:
        assert ended
        assert result.high < 0.02
    if result.verdict is Verdict.FAIL:
        assert result.difference > 0.02
    if not result.canary_n or not result.stable_n:
        assert result.verdict is (Verdict.UNKNOWN if ended else Verdict.NOT_YET)
        assert "no requests" in result.why
    else:
        assert result.low <= result.difference <= result.high


@few
@given(sides, sides)
def test_what_is_worse_one_way_is_better_the_other(canary: list[Block], stable: list[Block]) -> None:
    there, back = (compare_canary(*pair, margin=0.02, ended=True) for pair in ((canary, stable), (stable, canary)))
    if math.isnan(there.difference):
        assert math.isnan(back.difference)
    else:
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert {there.verdict, back.verdict} != {Verdict.FAIL}


def test_a_canary_without_twenty_blocks_is_unknown() -> None:
    good = [Block(1000, 1)] * 60
    assert compare_canary(good, good, margin=0.01, ended=True).verdict is Verdict.PASS
    assert compare_canary(good, good, margin=0.01, ended=False).verdict is Verdict.NOT_YET
    assert compare_canary(good[:19], good, margin=0.01, ended=True).verdict is Verdict.UNKNOWN
    with pytest.raises(ValueError, match="margin"):
        compare_canary(good, good, margin=0, ended=True)


def test_a_bad_canary_is_stopped_early_by_every_look_s_own_level() -> None:
    stable = [Block(900, 9)] * 10
    worse = [Block(100, 9 + place % 3) for place in range(10)]
    assert compare_canary(worse, stable, margin=0.01, ended=False, looks=30).verdict is Verdict.FAIL
    slightly = [Block(100, 3 + place % 3) for place in range(10)]
    assert compare_canary(slightly, stable, margin=0.01, ended=False).verdict is Verdict.FAIL
    strict = compare_canary(slightly, stable, margin=0.01, ended=False, looks=30)
    assert strict.verdict is Verdict.NOT_YET


def test_ground_truth_11_a_canary_like_the_stable_version_rarely_fails() -> None:
    found = truths.identical_canary(np.random.default_rng(11), 300)
    print(f"A/A: false FAIL {found.golive:.1%}, {found.usual} {found.naive:.1%}")
    assert found.golive <= 0.05
    assert found.naive > 0.2


def test_ground_truth_12_a_regression_of_the_tail_alone_fails() -> None:
    found = truths.tail_regression(np.random.default_rng(12), 100)
    print(f"tail regression: missed {found.golive:.1%}, {found.usual} {found.naive:.1%}")
    assert found.golive <= 0.02
    assert found.naive > 0.1


@few
@given(counted, counted)
def test_a_rate_s_verdict_agrees_with_its_limits(window: list[Counted], baseline: list[Counted]) -> None:
    result = compare_rates(window, baseline)
    assert result.overdispersion >= 1
    if sum(1 for side in baseline if side.exposure > 0) < 2:
        assert result.verdict is RateVerdict.NO_BASELINE
        return
    assert result.low <= result.high
    if result.verdict is RateVerdict.ABOVE:
        assert result.low > 0.999
    if result.verdict is RateVerdict.NOT_ABOVE:
        assert result.high < 2
    if not any(side.events for side in window) and not any(side.events for side in baseline):
        assert result.verdict is RateVerdict.NOT_ENOUGH_DATA


def minutes(*events: int, times: int = 1) -> list[Counted]:
    return [Counted(count, 60) for count in events] * times


def test_errors_doubled_are_above_and_errors_unchanged_are_not() -> None:
    usual = minutes(9, 11, 10, 12, 8, times=6)
    assert compare_rates(minutes(18, 22, 20, 24, 16, times=2), usual).verdict is RateVerdict.ABOVE
    same = compare_rates(minutes(9, 11, 10, 12, 8, times=2), usual)
    assert same.verdict is RateVerdict.NOT_ABOVE
    assert same.low < 1 < same.high
    assert compare_rates(minutes(1), minutes(1, 0, 1)).verdict is RateVerdict.NOT_ENOUGH_DATA
    assert compare_rates(minutes(500), minutes(0, 0, 0, times=20)).verdict is RateVerdict.ABOVE


def test_silence_is_no_proof_unless_its_limit_is_negligible() -> None:
    silent = minutes(0, times=30)
    assert compare_rates(silent, silent).verdict is RateVerdict.NOT_ENOUGH_DATA
    assert compare_rates(silent, silent, negligible_rate=0.002).verdict is RateVerdict.NOT_ABOVE
    assert compare_rates(silent, []).verdict is RateVerdict.NO_BASELINE
    assert compare_rates([], silent).verdict is RateVerdict.NOT_ENOUGH_DATA
    for wrong in ({"tolerated": 1.0}, {"alpha": 0.0}):
        with pytest.raises(ValueError, match="expected"):
            compare_rates(silent, silent, **wrong)
    with pytest.raises(ValueError, match="zero or more"):
        compare_rates([Counted(-1, 1)], silent)


def test_errors_in_batches_are_no_spike() -> None:
    found = truths.same_rate(np.random.default_rng(1), 300)
    print(f"rate unchanged: false above {found.golive:.1%}, {found.usual} {found.naive:.1%}")
    assert found.golive <= 0.09
    assert found.naive > 0.15


@few
@given(clients)
def test_a_share_passes_only_where_its_limits_hold_the_step_alone(seen: list[ClientCount]) -> None:
    result = traffic_share(seen, 0.1, STEPS)
    if result.verdict is Verdict.PASS:
        assert 0.05 < result.low <= 0.1 <= result.high < 0.3
    if result.verdict is Verdict.FAIL:
        assert not result.low <= 0.1 <= result.high
    if sum(1 for client in seen if client.n) < 2:
        assert result.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("true", "expected"), [(0.0, Verdict.FAIL), (0.03, Verdict.FAIL), (0.1, Verdict.PASS)])
def test_ground_truth_10_the_traffic_that_many_clients_sent(true: float, expected: Verdict) -> None:
    rng = np.random.default_rng(10)
    seen = [ClientCount(n := int(rng.integers(1, 40)), n if rng.random() < true else 0) for _ in range(800)]
    result = traffic_share(seen, 0.1, STEPS)
    print(f"true {true:.0%}: {result.share:.2%} in {result.low:.2%} to {result.high:.2%}, {result.verdict}")
    assert result.verdict is expected
    assert (result.design_effect > 5) == (true > 0)


def test_ground_truth_10_few_clients_at_3_percent_never_pass() -> None:
    found = truths.wrong_traffic(np.random.default_rng(10), 300)
    print(f"3 % of 40 clients: PASS {found.golive:.1%}, {found.usual} {found.naive:.1%}")
    assert found.golive <= 0.01
    assert found.naive > found.golive


def test_requests_of_one_client_are_one_observation() -> None:
    few_clients = [ClientCount(1000, 1000), *[ClientCount(1000, 0)] * 9]
    assert traffic_share(few_clients, 0.1, STEPS).verdict is Verdict.UNKNOWN
    spread = [ClientCount(1000, 100 + place % 3) for place in range(10)]
    assert traffic_share(spread, 0.1, STEPS).verdict is Verdict.PASS


def test_the_last_step_needs_more_than_a_few_clients() -> None:
    assert traffic_share([ClientCount(50, 50)] * 6, 1.0, STEPS).verdict is Verdict.UNKNOWN
    assert traffic_share([ClientCount(50, 50)] * 30, 1.0, STEPS).verdict is Verdict.PASS
    assert traffic_share([ClientCount(50, 0)] * 60, 0.1, STEPS).verdict is Verdict.FAIL
    with pytest.raises(ValueError, match="not among the steps"):
        traffic_share([], 0.2, STEPS)


def test_the_simulated_bursts_have_the_share_they_are_asked_for() -> None:
    rng = np.random.default_rng(2)
    for made in (bursts.fixed(rng, 300, 20, 3, 0.05, 1), bursts.geometric(rng, 300, 20, 3, 0.05, 1)):
        assert made.mean() / 150 == pytest.approx(0.05, abs=0.006)
