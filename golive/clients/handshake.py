"""TLS handshakes at one address, in whatever version is asked for: what the other side shows, or why it refuses."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from golive.clients.deadlines import client_deadline
from golive.errors import NoEvidence, Unreachable
from golive.target.model import Limits

OLD: Final = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
KINDS: Final = ("aRSA", "aECDSA")
"""Kinds of keys, in OpenSSL's words. A server may have a certificate of each, and shows what the client prefers."""
_CANNOT: Final = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "UNSUPPORTED_PROTOCOL_VERSION")
"""What this host's own library says where it would not even try."""


@dataclass(frozen=True)
class Place:
    """One address of a public host."""

    host: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.host} at {self.address}"


@dataclass(frozen=True)
class Shaken:
    """How a handshake ended: with a version and the certificate (DER) that was shown, or refused in words."""

    version: str = ""
    certificate: bytes = field(default=b"", repr=False)
    refused: str = ""


class HandshakeClient:
    """Shakes hands and nothing else; each on a connection of its own, within the target's limits."""

    def __init__(self, system: str, limits: Limits) -> None:
        self.system, self.limits = system, limits

    def shake(self, place: Place, context: ssl.SSLContext) -> Shaken:
        """One handshake, naming the host. Raises Unreachable, TimedOut, and NoEvidence where this host cannot try."""
        return asyncio.run(self._shake(place, context))

    def control(self, version: ssl.TLSVersion) -> Shaken:
        """The same handshake with a server of our own that takes that version: it shows that this client could."""

        async def both() -> Shaken:
            async with _own_server(version) as port:
                return await self._shake(Place("localhost", "127.0.0.1", port), old_context(version))

        return asyncio.run(both())

    async def _shake(self, place: Place, context: ssl.SSLContext) -> Shaken:
        deadline = client_deadline(self.system, f"the TLS handshake with {place}", self.limits.operation)
        try:
            async with asyncio.timeout(self.limits.operation):
                _, writer = await asyncio.open_connection(
                    place.address, place.port, ssl=context, server_hostname=place.host
                )
        except TimeoutError:
            raise deadline.expired("neither shaken nor refused") from None
        except ssl.SSLError as error:
            return self._refused(error)
        except ConnectionResetError:
            return Shaken(refused="connection reset")
        except OSError as error:
            raise Unreachable(
                self.system, f"{place}, port {place.port}: {error.strerror or error}", hint="is the edge up there?"
            ) from error
        secured = writer.get_extra_info("ssl_object")
        shaken = Shaken(str(secured.version()), secured.getpeercert(binary_form=True) or b"")
        writer.transport.abort()
        return shaken

    def _refused(self, error: ssl.SSLError) -> Shaken:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Shaken(refused=error.verify_message)
        reason = str(error.reason or error)
        if any(word in reason for word in _CANNOT):
            raise NoEvidence(
                self.system,
                f"this host's own TLS library does not even try: {reason}",
                hint="run from a host whose OpenSSL still has TLS 1.0 and 1.1",
            )
        return Shaken(refused=reason)


def old_context(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client's context of that version alone, at OpenSSL's lowest security level; it verifies nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _only(context, version)
    return context


def trusting_context() -> ssl.SSLContext:
    """A client's context that takes every certificate, so that what is shown can be looked at."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def of_kind(context: ssl.SSLContext, kind: str) -> ssl.SSLContext:
    """The same context, made to take certificates of one kind of key alone: one of ``KINDS``."""
    # Only up to TLS 1.2 does the cipher say which kind it is.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(kind)
    return context


def _only(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    import warnings

    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are deprecated is the point
        context.minimum_version = context.maximum_version = version


@contextlib.asynccontextmanager
async def _own_server(version: ssl.TLSVersion) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _only(context, version)
    with tempfile.TemporaryDirectory(prefix="golive-") as folder:
        path = Path(folder) / "control.pem"
        path.touch(mode=0o600)
        path.write_bytes(_self_signed())
        context.load_cert_chain(path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _self_signed() -> bytes:
    """A certificate of localhost and its key, both PEM, good for an hour."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM) + pem
