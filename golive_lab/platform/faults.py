"""How a world makes the platform misbehave: ``faults.json``, ``{service: [fault, ...]}``, read anew when it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_EVERY_SERVICE = {
    "reports_down": "health answers 200 and says that the service is down",
    "old_version": "health and version header name the previous release",
    "slow_health": "health answers after 10 s",
    "health_500": "health answers 500",
}

FAULTS: Mapping[str, Mapping[str, str]] = {
    "gateway": {
        **_EVERY_SERVICE,
        "accepts_tampered": "no signature is checked",
        "accepts_alg_none": "a token that says it needs no signature is taken",
        "accepts_foreign_key": "a token signed with a key that the realm never published is taken",
        "accepts_expired": "expired tokens are taken",
        "accepts_wrong_audience": "tokens for another audience are taken",
        "refuses_all_tokens": "401 for everybody",
        "takes_tokens_once": "a token that was shown before is refused",
        "open_without_token": "no token is asked for",
        "fails_with_500": "every route but health answers 500",
        "unknown_is_200": "unknown routes answer 200",
        "old_release_header": "the version header alone names the previous release",
        "nameless_refusals": "401 comes without the version header, as from something in front",
    },
    "prices": {**_EVERY_SERVICE, "fails_with_500": "every route but health answers 500"},
    "instruments": {**_EVERY_SERVICE},
    "feeder": {**_EVERY_SERVICE, "stops_producing": "nothing is produced any more"},
    "ingest": {
        **_EVERY_SERVICE,
        "stops_consuming": "nothing is read any more, and the lag grows",
        "stops_committing": "records are stored and no offset is committed",
        "neglects_a_partition": "offsets are committed for the first partition of each topic only",
    },
}
"""Every fault that each service knows, and what it then does."""


class Faults:
    """The faults that one service has now; ``name in faults`` costs one ``stat``."""

    def __init__(self, file: Path, service: str) -> None:
        self._file, self._service = file, service
        self._read_at = -1
        self._names: frozenset[str] = frozenset()
        self._of_round: frozenset[str] | None = None

    def begin_round(self) -> None:
        """Said by a loop before each round: what was begun under other faults is over."""
        self._refresh()
        self._of_round = self._names

    @property
    def in_force(self) -> frozenset[str]:
        """The faults that hold for all that the service does now: since its latest round began, where it has rounds."""
        if self._of_round is not None:
            return self._of_round
        self._refresh()
        return self._names

    def __contains__(self, name: str) -> bool:
        if name not in FAULTS[self._service]:
            return False
        self._refresh()
        return name in self._names

    def _refresh(self) -> None:
        try:
            changed = self._file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return  # absent, or being written: what was read last holds
        self._read_at = changed
        self._names = frozenset(content.get(self._service, ()))
