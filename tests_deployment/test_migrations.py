"""T-0: database migrations."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.deployment


@pytest.mark.item("deployment.migrations")
def test_the_database_is_at_the_releases_head(migrations, target, evidence):
    """The database MUST be at the release's last migration, with none failed, half-applied or left out.

    Hint: kubectl exec into postgresql-0, then the rows of the history that are not applied, and its log at that time.
    """
    history = migrations.history
    evidence.add(history)
    assert (history.unfinished, history.missing) == ((), ())
    assert history.head == target.migrations.head
