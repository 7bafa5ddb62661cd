"""Bearer tokens, read again whenever the driver has replaced their file."""

from __future__ import annotations

import json
from pathlib import Path

import gevent

from golive.load.plan import LoadPlan


class Tokens:
    """``headers`` holds what each endpoint's requests carry; empty for an endpoint without a persona."""

    def __init__(self, plan: LoadPlan, path: Path) -> None:
        self._personas = [endpoint.persona for endpoint in plan.endpoints]
        self._path = path
        self._seen: tuple[int, int] | None = None
        self.headers: list[dict[str, str]] = [{} for _ in self._personas]

    def read(self) -> None:
        """Raises LookupError where a persona of the plan has no token."""
        if not any(self._personas):
            return
        status = self._path.stat()
        if self._seen != (status.st_ino, status.st_mtime_ns):
            held = json.loads(self._path.read_text(encoding="utf-8"))
            self.headers = [self._header(held, persona) for persona in self._personas]
            self._seen = (status.st_ino, status.st_mtime_ns)

    def follow(self) -> None:
        """Look for new ones each second."""
        while True:
            gevent.sleep(1)
            self.read()

    @staticmethod
    def _header(held: dict[str, str], persona: str) -> dict[str, str]:
        if persona and persona not in held:
            raise LookupError(f"the file of tokens holds none for persona {persona!r}")
        return {"Authorization": f"Bearer {held[persona]}"} if persona else {}
