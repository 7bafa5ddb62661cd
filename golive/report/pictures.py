"""Screenshots in the report: from the run's folder into the page itself, once they are what the record says."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path

from golive.evidence.record import EvidenceEntry, FindingEntry

SUBJECT = "Picture"
"""The fact that names a file below the run's folder and its sha256."""


def pictures(finding: FindingEntry, folder: Path) -> str:
    """An ``img`` for every picture of the finding; a word in place of one that is missing or was changed."""
    return "".join(_picture(entry, folder) for entry in finding.evidence if entry.subject == SUBJECT)


def _picture(entry: EvidenceEntry, folder: Path) -> str:
    name = str(entry.fields.get("file", ""))
    path = folder / "pictures" / Path(name).name
    content = path.read_bytes() if path.is_file() else None
    if content is None:
        return f'<p class="picture">{escape(name)} is not in the run\'s folder</p>'
    if hashlib.sha256(content).hexdigest() != entry.fields.get("sha256"):
        return f'<p class="picture">{escape(name)} is not what the record says it was: its sha256 differs</p>'
    data = base64.b64encode(content).decode()
    return f'<p class="picture"><img alt="{escape(name, quote=True)}" src="data:image/png;base64,{data}"></p>'
