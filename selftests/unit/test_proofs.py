"""What proofs change in a target."""

from __future__ import annotations

from pathlib import Path

from golive.proofs import shortened
from golive.target.load import read

LAB = read(Path(__file__).parents[2] / "targets" / "lab.toml")


def test_proofs_may_shorten_what_the_target_says(tmp_path: Path) -> None:
    file = tmp_path / "proofs.toml"
    file.write_text("[target.limits]\nitem = 7\n", encoding="utf-8")
    changed = LAB.changed(shortened(file))
    assert (changed.target.limits.item, changed.target.limits.operation) == (7, LAB.target.limits.operation)
    assert changed.with_overlay({"gateway": {"url": "https://127.0.0.1:1"}}).limits.item == 7
    file.write_text("", encoding="utf-8")
    assert LAB.changed(shortened(file)).target == LAB.target
