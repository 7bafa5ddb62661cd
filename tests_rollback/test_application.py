"""Immediate rollback: application."""

from __future__ import annotations

import pytest

from golive.facts.rollback import rollback_of

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.application")
def test_the_earlier_revision_is_deployed_again(history, release, evidence):
    """After a rollback the revision before this release MUST be deployed again: chart, tag, values and objects.

    Hint: helm history, then helm rollback to the revision before this release; helm get hooks where one failed.
    """
    kept = history.application
    evidence.add(kept)
    rollback = rollback_of(release.tag, kept)
    evidence.add(rollback)
    assert rollback.failed_hooks == ()
    assert rollback.status == "deployed"
    assert rollback.differences == {}
