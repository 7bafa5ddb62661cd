"""What clusters do to a share's precision, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from golive.stats.clusters import clustered, freedom_of, variance_of_sum


def test_the_design_effect_of_whole_clusters_is_their_size() -> None:
    # Half of 40 clusters of 10 hold nothing else: 40 observations, less the one that the mean took.
    found = clustered([10] * 40, [10, 0] * 20, neighbours=False)
    assert float(found.effect) == pytest.approx(10 * 40 / 39)
    assert float(found.effective) == pytest.approx(39)


def test_few_bursts_leave_few_degrees_of_freedom() -> None:
    rng = np.random.default_rng(1)
    even = float(freedom_of(rng.normal(size=60)))
    three = np.where(np.isin(np.arange(60), [5, 25, 45]), 1.0, 0.0)
    sparse = float(freedom_of(three - three.mean()))
    assert even > 30
    assert 4 < sparse < 9
    assert float(freedom_of(np.zeros(60))) == 59


def test_uncertain_variance_widens_the_limits() -> None:
    scattered = clustered([100] * 60, [2, 4] * 30, neighbours=False)
    bursts = clustered([100] * 60, [60 if place in {5, 25, 45} else 0 for place in range(60)], neighbours=False)
    assert float(scattered.share) == float(bursts.share) == 0.03
    assert float(scattered.high(0.05)) < 0.06 < float(bursts.high(0.05))


def test_neighbours_that_rise_together_add_and_those_that_alternate_take_nothing_away() -> None:
    together, apart = np.array([1.0, 1, -1, -1, 0, 0]), np.array([1.0, -1, 1, -1, 0, 0])
    assert float(variance_of_sum(together, neighbours=False)) == pytest.approx(6 / 5 * 4)
    assert float(variance_of_sum(together, neighbours=True)) == pytest.approx(6 / 5 * (4 + 2 * (1 - 1 + 1)))
    assert float(variance_of_sum(apart, neighbours=True)) == pytest.approx(6 / 5 * 4)


def test_limits_are_where_the_p_values_say() -> None:
    found = clustered([100] * 30, [3, 9] * 15, neighbours=False)
    assert float(found.p_not_below(float(found.high(0.05)))) == pytest.approx(0.05)
    assert float(found.p_not_above(float(found.low(0.05)))) == pytest.approx(0.05)


@pytest.mark.parametrize("wrong", [([5], [1]), ([5, 0], [1, 0]), ([5, 5], [1, 6]), ([5, 5], [1, -1])])
def test_what_are_no_clusters_is_refused(wrong: tuple[list[int], list[int]]) -> None:
    with pytest.raises(ValueError, match="two clusters or more"):
        clustered(*wrong, neighbours=False)
