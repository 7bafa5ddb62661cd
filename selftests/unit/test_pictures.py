"""Screenshots come into the report only as what the record says they are."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from golive.evidence.record import EvidenceEntry, FindingEntry
from golive.report.pictures import pictures

PNG = b"\x89PNG\r\n\x1a\n and the rest"


def finding(**fields: str) -> FindingEntry:
    evidence = [EvidenceEntry(subject="Other", fields={"file": "a"}), EvidenceEntry(subject="Picture", fields=fields)]
    return FindingEntry(
        item="functional.web_hub", outcome="PASS", reason=None, message="", hint="", evidence=evidence,
        nodeid="", started="", seconds=1, versions={},
    )  # fmt: skip


def keep(folder: Path) -> str:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "web_hub.png").write_bytes(PNG)
    return hashlib.sha256(PNG).hexdigest()


def test_a_picture_is_embedded(tmp_path: Path) -> None:
    page = pictures(finding(file="pictures/web_hub.png", sha256=keep(tmp_path)), tmp_path)
    assert page.count("<img") == 1
    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" in page


def test_a_changed_or_missing_picture_is_told_and_not_shown(tmp_path: Path) -> None:
    keep(tmp_path)
    changed = pictures(finding(file="pictures/web_hub.png", sha256="00"), tmp_path)
    missing = pictures(finding(file="pictures/<other>.png", sha256="00"), tmp_path)
    assert "<img" not in changed + missing
    assert "sha256 differs" in changed
    assert "&lt;other&gt;.png is not in the run" in missing


def test_no_picture_is_taken_from_elsewhere(tmp_path: Path) -> None:
    digest = keep(tmp_path)
    outside = tmp_path / "web_hub.png"
    outside.write_bytes(b"something else")
    page = pictures(finding(file="../../web_hub.png", sha256=digest), tmp_path)
    assert base64.b64encode(PNG).decode() in page  # the name alone counts, and only below the run's pictures
