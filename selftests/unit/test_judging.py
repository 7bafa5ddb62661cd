"""How long an item may take in all, and when it may be seen not to apply."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from golive.checklist import load
from golive.errors import DoesNotApply
from golive.finding import Evidence
from golive.plugin.judging import deadline_of, seen_not_to_apply
from golive.target.load import read

LAB = read(Path(__file__).parents[2] / "targets" / "lab.toml")


def item(*fixtures: str) -> pytest.Item:
    return cast("pytest.Item", SimpleNamespace(fixturenames=fixtures))


def test_who_needs_the_window_has_its_length_besides_an_items_own_time() -> None:
    load, logs, own = LAB.target.load, LAB.target.logs, LAB.target.limits.item
    assert load is not None
    assert logs is not None
    assert deadline_of(item("gateway"), LAB.target) == own
    assert (
        deadline_of(item("gateway", "window"), LAB.target)
        == own + logs.arrival + load.ramp + load.window + 2 * load.timeout
    )


def test_an_item_may_be_seen_not_to_apply_where_it_is_allowed_to_and_shows_it() -> None:
    items = load(Path(__file__).parents[2] / "checklist.toml").by_id
    seen, error = (Evidence("RolledBack", {"revision": 0}),), DoesNotApply("no rollback")
    found = seen_not_to_apply(error, items["rollback.root_cause"], seen)
    assert (found.headline, found.message) == ("NOT APPLICABLE", "no rollback")
    unseen = seen_not_to_apply(error, items["rollback.root_cause"], ())
    assert (unseen.headline, unseen.hint) == ("UNKNOWN no_evidence", "evidence.add(fact)")
    assert "without evidence: no rollback" in unseen.message
    refused = seen_not_to_apply(error, items["smoke.kafka"], seen)
    assert refused.headline == "UNKNOWN suite_error"
    assert "smoke.kafka may not be NOT APPLICABLE" in refused.message
