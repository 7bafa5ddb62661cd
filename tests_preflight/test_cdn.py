"""T-7 days: CDN configured (if applicable)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("infrastructure.cdn")
def test_assets_are_cached_and_nothing_of_a_customers(cached, evidence):
    """Assets MUST come out of the cache, a customer's answers never, and the origin MUST refuse who goes round it.

    Hint: curl -I twice; Cache-Control of the answers, the cache's rules, and what may reach the origin.
    """
    assets, private, round_it = cached.assets(), cached.private(), cached.round_it()
    evidence.add(*assets, *private, *round_it)
    assert {each.path for each in assets} == set(cached.expected.assets)
    assert [each for each in assets if not each.hit or set(each.statuses) != {200}] == []
    assert {each.path for each in private} == set(cached.expected.private)
    assert [each for each in private if each.kept or set(each.statuses) != {200}] == []
    assert [each for each in round_it if not each.refused] == []
