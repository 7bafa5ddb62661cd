"""One-time passwords (RFC 6238, SHA-1, six digits, thirty seconds), none of them twice while there are others."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import time
from collections.abc import Iterator

from golive.errors import CredentialsRefused

PERIOD = 30
"""Seconds."""


class OneTimePasswords:
    """The codes of one seed. Most realms refuse a code that they have seen, so unused ones are given out first."""

    def __init__(self, system: str, seed: str) -> None:
        padded = seed.replace(" ", "").upper()
        try:
            self._key = base64.b32decode(padded + "=" * (-len(padded) % 8))
        except binascii.Error as error:
            raise CredentialsRefused(
                system,
                "the seed of the one-time passwords is not base32",
                hint="it is the text that the realm shows beside the QR code",
            ) from error
        self._used: set[int] = set()

    def unused(self, now: float | None = None) -> Iterator[str]:
        """Codes that the realm may take now, the current one first; its neighbours are within the usual look-around.

        Once all three are used up the current one is given again, once: a realm may allow that.
        """
        step = int((time.time() if now is None else now) // PERIOD)
        fresh = [counter for counter in (step, step + 1, step - 1) if counter not in self._used]
        for counter in fresh or [step]:
            self._used.add(counter)
            yield code(self._key, counter)


def code(key: bytes, counter: int) -> str:
    """The code of that counter (RFC 4226)."""
    digest = hmac.new(key, struct.pack("!Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    (number,) = struct.unpack_from("!I", digest, offset)
    return f"{(number & 0x7FFF_FFFF) % 1_000_000:06d}"
