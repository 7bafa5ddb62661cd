"""T-48 hours: load testing completed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("testing.load")
def test_this_release_was_tested_under_load(load_tests, release, target, evidence):
    """A signed record of the performance phase MUST show that this release passed at the target's load at least.

    Hint: run the performance phase where load may be sent, and put its record into that target's ledger.
    """
    tested = load_tests.newest(release.tag)
    evidence.add(tested)
    assert tested.outcomes == dict.fromkeys(target.evidence.load_test.items, "PASS")
    assert tested.rate is not None, "the record does not say at which rate"
    assert tested.rate >= tested.wanted_rate, "less load than the target wants"
