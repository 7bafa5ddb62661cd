"""Secrets of one lab: made anew each time, kept in files of mode 0600, never in the repository."""

from __future__ import annotations

import base64
import os
import secrets
import threading
from pathlib import Path


class Secrets:
    """Named secrets in a folder; a name read for the first time is made on the spot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def path(self, name: str) -> Path:
        """The file that holds the secret, for references in the target."""
        self.get(name)
        return self.folder / name

    def get(self, name: str) -> str:
        """The secret: 24 random characters that satisfy the realm's password policy."""
        return self._read_or_make(name, f"{secrets.token_urlsafe(18)}-aA1!")

    def keep(self, name: str, value: str) -> None:
        """Keep a secret that was made elsewhere, unless there is one of that name."""
        self._read_or_make(name, value)

    def totp_seed(self, name: str) -> str:
        """A secret that is a base32 seed of 20 bytes, as RFC 4226 recommends for HMAC-SHA-1."""
        return self._read_or_make(name, base64.b32encode(secrets.token_bytes(20)).decode())

    def _read_or_make(self, name: str, fresh: str) -> str:
        path = self.folder / name
        with self._lock:  # servers are prepared side by side, and each must read a whole secret, the same one
            if not path.exists():
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(fresh)
            return path.read_text(encoding="utf-8")
