"""The folder of a load: what the driver and the generator tell each other through."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "GOLIVE_LOAD_FOLDER"
"""Environment variable that names the folder to the generator."""
TOKENS = "GOLIVE_LOAD_TOKENS"
"""Environment variable that names the file of tokens where it is not the folder's own."""
PLAN_FILE = "plan.json"
TOKENS_FILE = "tokens.json"
"""JSON object of persona and bearer token, mode 0600; replaced before the tokens run out, removed at the end."""
PROGRESS_FILE = "progress.jsonl"
"""One line a second with the running figures."""
RESULT_FILE = "result.json"
"""The result until now; written every few seconds, and at the end."""
LOG_FILE = "locust.log"


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace the file at once: whoever reads it finds the old text or the new one, never a part."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
