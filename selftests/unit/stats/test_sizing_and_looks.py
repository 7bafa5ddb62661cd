"""How many requests a verdict takes, and what several looks and endpoints may spend."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from golive.stats.looks import holm, per_look
from golive.stats.sizing import canary_requests_needed, requests_needed

few = settings(max_examples=20)
levels = st.floats(0, 1)


def power(n: int, share: float) -> float:
    """Of the exact test of 5 % at 5 %, by trying each count."""
    counts = np.arange(-1, n + 1)
    most = counts[stats.binom.cdf(counts, n, 0.05) <= 0.05].max()
    return float(stats.binom.cdf(most, n, share))


# The second figures were found in steps of one in a hundred, and are enough, too.
NEEDED = {0.0: (59, 59), 0.01: (153, 154), 0.02: (311, 338), 0.03: (832, 833), 0.04: (3701, 3766)}


@pytest.mark.parametrize("share", NEEDED)
def test_the_smallest_number_that_tells_a_share_from_the_limit(share: float) -> None:
    smallest, enough = NEEDED[share]
    assert requests_needed(share) == smallest
    assert power(smallest, share) >= 0.9
    assert power(smallest - 1, share) < 0.9
    assert power(enough, share) >= 0.9


def test_four_point_seven_percent_takes_some_44_000() -> None:
    assert requests_needed(0.047) == pytest.approx(44_000, rel=0.01)


def test_exact_and_approximate_figures_meet() -> None:
    exact, beyond = requests_needed(0.0481), requests_needed(0.0482)
    assert exact < 130_000
    assert beyond == pytest.approx(exact * (19 / 18) ** 2, rel=0.03)


@few
@given(st.sampled_from([0.0, 0.01, 0.02, 0.03, 0.08, 0.12, 0.5, 1.0]), st.floats(0.6, 0.95))
def test_more_power_and_stricter_levels_take_more(share: float, wanted: float) -> None:
    assert requests_needed(share, power=wanted) <= requests_needed(share, power=wanted + 0.04)
    assert requests_needed(share, alpha=0.05) <= requests_needed(share, alpha=0.01)


@pytest.mark.parametrize("share", [0.05, -0.1, 1.1])
def test_what_no_number_tells_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="no number of requests"):
        requests_needed(share)


def test_a_canary_of_a_tenth_takes_about_ten_thousand() -> None:
    found = canary_requests_needed(0.001, 0.002, 0.1)
    assert found == pytest.approx(10_000, rel=0.01)
    rng = np.random.default_rng(5)
    canary, stable = rng.binomial(found, 0.002, 20_000) / found, rng.binomial(9 * found, 0.001, 20_000) / (9 * found)
    z = 2 * (np.arcsin(np.sqrt(canary)) - np.arcsin(np.sqrt(stable))) / np.sqrt(1 / found + 1 / (9 * found))
    assert (z > 1.645).mean() == pytest.approx(0.8, abs=0.02)
    with pytest.raises(ValueError, match="rise"):
        canary_requests_needed(0.002, 0.001, 0.1)
    with pytest.raises(ValueError, match="both sides"):
        canary_requests_needed(0.001, 0.002, 1.0)


@given(levels, st.integers(1, 60))
def test_looks_together_spend_the_level(alpha: float, looks: int) -> None:
    if 0 < alpha < 1:
        assert per_look(alpha, looks) * looks == pytest.approx(alpha)
    else:
        with pytest.raises(ValueError, match="level"):
            per_look(alpha, looks)


def test_no_look_is_refused() -> None:
    with pytest.raises(ValueError, match="one look or more"):
        per_look(0.05, 0)


@few
@given(st.lists(levels, max_size=6), levels)
def test_holm_rejects_what_its_steps_reject(values: list[float], level: float) -> None:
    named = {str(place): value for place, value in enumerate(values)}
    stepped = set()
    for step, (name, value) in enumerate(sorted(named.items(), key=lambda pair: pair[1])):
        if value * (len(named) - step) > level:
            break
        stepped.add(name)
    adjusted = holm(named)
    assert {name for name, value in adjusted.items() if value <= level} == (set(named) if level == 1 else stepped)
    assert all(named[name] <= adjusted[name] <= 1 for name in named)


def test_holm_gains_over_dividing() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert [a <= b for a, b in itertools.pairwise(sorted(adjusted.values()))] == [True, True]
