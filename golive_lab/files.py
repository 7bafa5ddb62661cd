"""Small files that several processes share: always whole, never half written."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any


def write_json(path: Path, value: object) -> None:
    """Put ``value`` at ``path`` in one step, mode 0600: a reader sees the old content or the new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")
    Path(temporary).replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in the file; None when there is no file, or no JSON object in it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def log_tail(folder: Path, service: str, lines: int = 20) -> str:
    """The end of a service's log with every secret of the lab blotted out; empty when there is none."""
    try:
        text = (folder / "logs" / f"{service}.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return scrub(folder, "\n".join(text.splitlines()[-lines:]))


def scrub(folder: Path, text: str) -> str:
    """The text with every secret of that lab blotted out."""
    try:
        values = sorted((path.read_text(encoding="utf-8") for path in (folder / "secrets").iterdir()), key=len)
    except OSError:
        return text
    found = [re.escape(value) for value in reversed(values) if value]
    return re.sub("|".join(found), "[secret]", text) if found else text
