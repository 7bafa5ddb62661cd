"""Personas' bearer tokens on their way to the generator: by a file of mode 0600, replaced before they run out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from golive.load.files import TOKENS_FILE
from golive.wholefile import write_whole

USED = 0.5
"""Share of a token's life after which the next one is asked for."""
SOONEST_S = 1.0
"""Least time between two askings, in seconds."""


@dataclass(frozen=True)
class LoadTokens:
    """A token for each persona, all good for ``good_for_s`` seconds from now. Never shown."""

    tokens: Mapping[str, str] = field(repr=False)
    good_for_s: float


TokenSource = Callable[[], LoadTokens]
"""Asks the token endpoint; raises CannotEstablish where there is no token to be had."""


class TokenFile:
    """Keeps the generator's file of tokens fresh. Without a source there is none."""

    def __init__(self, folder: Path, source: TokenSource | None) -> None:
        self._path = folder / TOKENS_FILE
        self._source = source
        self._due = 0.0
        self._given: set[str] = set()

    def refresh(self) -> None:
        """Ask for tokens where it is time to. Raises what the source raises."""
        if self._source is None or time.monotonic() < self._due:
            return
        fresh = self._source()
        self._given.update(fresh.tokens.values())
        write_whole(self._path, json.dumps(dict(fresh.tokens)), mode=0o600)
        self._due = time.monotonic() + max(fresh.good_for_s * USED, SOONEST_S)

    def hide(self, text: str) -> str:
        """The text without any token that was given out."""
        for token in self._given:
            text = text.replace(token, "(a token)")
        return text

    def remove(self) -> None:
        """Leave no token behind."""
        self._path.unlink(missing_ok=True)
        self._path.with_name(f"{TOKENS_FILE}.part").unlink(missing_ok=True)
