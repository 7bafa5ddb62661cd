"""What the folder of proofs says, and what is refused in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import BadInput, BadInputs
from golive.proofs import load, settings
from golive.target.load import read

ROOT = Path(__file__).parents[2]
LAB = read(ROOT / "targets" / "lab.toml")


def test_proofs_may_shorten_what_the_target_says(tmp_path: Path) -> None:
    assert LAB.changed(settings(tmp_path).target).target == LAB.target
    (tmp_path / "settings.toml").write_text("[target.limits]\nitem = 7\n", encoding="utf-8")
    changed = LAB.changed(settings(tmp_path).target)
    assert (changed.target.limits.item, changed.target.limits.operation) == (7, LAB.target.limits.operation)
    assert changed.with_overlay({"gateway": {"url": "https://127.0.0.1:1"}}).limits.item == 7
    assert load(tmp_path) == []


def test_what_proofs_are_shown_under_is_a_target_as_well() -> None:
    held = settings(ROOT / "proofs")
    assert {proof.under for proof in load(ROOT / "proofs")} == {"", *held.under}
    for further in held.under.values():
        changed = LAB.changed(held.target).changed(further)
        assert changed.target != LAB.changed(held.target).target
        assert changed.target.limits == LAB.target.limits


def test_a_table_that_nobody_reads_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "smoke.toml").write_text("\n[target]\nname = 'lab'\n", encoding="utf-8")
    with pytest.raises((BadInput, BadInputs), match=r"smoke\.toml:2: target: [^|]*settings\.toml"):
        load(tmp_path)
    (tmp_path / "settings.toml").write_text("[contrl]\naround_all = []\n", encoding="utf-8")
    with pytest.raises((BadInput, BadInputs), match=r"settings\.toml:1"):
        settings(tmp_path)


def test_no_item_is_shown_around_all_its_worlds_that_has_none() -> None:
    assert settings(ROOT / "proofs").control.around_all <= {proof.item for proof in load(ROOT / "proofs")}
