"""The public keys of servers whose certificates were verified, in the form in which a browser takes them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from golive.clients import tls
from golive.clients.deadlines import client_deadline, within
from golive.errors import CannotEstablish, ProtocolBroken, Unreachable


def verified_pin(system: str, url: str, ca_file: Path | None, seconds: float) -> str:
    """Base64 of the SHA-256 of the key that the server of ``url`` proves to hold, once chain and name are verified.

    Empty for a plain ``http`` URL, which is connected to all the same. Raises Unreachable, TimedOut or TlsFailed.
    """
    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    handshake = _Handshake(system, place, tls.context(system, ca_file) if parts.scheme == "https" else None, seconds)
    limit = client_deadline(system, f"connecting to {handshake.label}", seconds)
    return within(limit, handshake.pin, state=lambda: handshake.state, abandon=handshake.close)


class _Handshake:
    """One connection, closed again as soon as the server has shown who it is."""

    def __init__(self, system: str, place: tuple[str, int], context: ssl.SSLContext | None, seconds: float) -> None:
        self.system, self.place, self.context = system, place, context
        self.label = f"{place[0]}:{place[1]}"
        self.state = "neither accepted nor refused"
        self.seconds = seconds
        self._socket: socket.socket | None = None

    def pin(self) -> str:
        try:
            self._socket = socket.create_connection(self.place, timeout=self.seconds)
            if self.context is None:
                return ""
            self.state = "accepted, and silent in the TLS handshake"
            self._socket = self.context.wrap_socket(self._socket, server_hostname=self.place[0])
            return spki_sha256(self._socket.getpeercert(binary_form=True) or b"")
        except (ssl.SSLError, OSError) as error:
            raise self._typed(error) from error
        finally:
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # not connected any more
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for it
            self._socket.close()

    def _typed(self, error: OSError) -> CannotEstablish:
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return tls.failed(self.system, self.label, error)
        if isinstance(error, ssl.SSLError):
            return ProtocolBroken(self.system, f"{self.label} ended the connection in the TLS handshake")
        words = error.strerror or str(error)
        hint = "is the server up, and may this host reach it?"
        return Unreachable(self.system, f"{self.label}: {words}", hint=hint)


def spki_sha256(certificate: bytes) -> str:
    """Base64 of the SHA-256 of a DER certificate's SubjectPublicKeyInfo, as ``Public-Key-Pins`` had it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()
