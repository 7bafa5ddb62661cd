"""The checklist is whole: 102 items in the order of the day, and wrong files are refused with line and field."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from golive import checklist as checklists
from golive.errors import BadInput

ROOT = Path(__file__).parents[2]
CHECKLIST = checklists.load(ROOT / "checklist.toml")


def test_every_line_of_the_checklist_is_an_item() -> None:
    # Boxes, T-0 steps, rollback commands and signature lines of the production deployment checklist, by phase.
    assert Counter(item.phase for item in CHECKLIST.items) == {
        "t7d": 24, "t48h": 15, "preflight": 5, "deployment": 4, "smoke": 6, "functional": 7, "performance": 5,
        "rollout": 6, "postdeploy": 12, "rollback": 8, "success": 6, "signoff": 4,
    }  # fmt: skip
    assert len(CHECKLIST.by_id) == len(CHECKLIST.items) == 102


def test_items_stand_in_the_order_of_their_phases() -> None:
    order = [phase.name for phase in CHECKLIST.phases]
    places = [order.index(item.phase) for item in CHECKLIST.items]
    assert places == sorted(places)


def test_only_rollback_and_the_cdn_may_be_declared_not_applicable() -> None:
    allowed = {item.id for item in CHECKLIST.items if item.not_applicable}
    assert allowed == {i.id for i in CHECKLIST.items if i.phase == "rollback"} | {"infrastructure.cdn"}


def test_every_item_observes() -> None:
    assert [item.id for item in CHECKLIST.items if "observe" not in item.levels] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('owner = "operations_manager"', 'owner = "ops"', "item.infrastructure.cluster.owner: Input should be"),
        ('title = "DNS records configured"', 'titel = "DNS"', "item.infrastructure.dns.titel: unknown field"),
        ('phase = "t48h"', 'phase = "t48"', "item.application.images.phase: no phase 't48' is declared"),
        ("[[phase]]", "[[phase", "is not TOML"),
    ],
)
def test_wrong_checklists_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "checklist.toml"
    path.write_text((ROOT / "checklist.toml").read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        checklists.load(path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_an_unknown_id_gets_a_suggestion() -> None:
    assert CHECKLIST.suggestion("smoke.kafak") == "did you mean 'smoke.kafka'?"
