"""TLS as every client uses it: the target's authorities or the system's, names verified, failures in words."""

from __future__ import annotations

import ssl
from pathlib import Path

from golive.errors import TlsFailed

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the authorities that they trust, for libraries that want one file."""
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "UNEXPECTED_MESSAGE",
)


def context(system: str, ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies chain and name. Raises TlsFailed where the bundle cannot be read."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise TlsFailed(
            system,
            f"the authorities to trust cannot be read from {ca_file}: {error.strerror or error}",
            hint="correct ca_file in the target; it is a PEM bundle",
        ) from error


def bundle(ca_file: Path | None) -> str:
    """The same authorities as one file, for libpq; ``system`` where no file is known to hold them."""
    if ca_file:
        return str(ca_file)
    known = (ssl.get_default_verify_paths().cafile, *_BUNDLES)
    return next((path for path in known if path and Path(path).exists()), "system")


def failed(system: str, place: str, error: ssl.SSLError) -> TlsFailed:
    """The typed error for a TLS failure at ``place`` (``host:port``)."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(
            system,
            f"the certificate of {place} does not verify: {error.verify_message}",
            hint=f"openssl s_client -connect {place} -showcerts; compare issuer, names and dates with ca_file",
        )
    if error.reason in _NOT_TLS:
        return TlsFailed(
            system,
            f"{place} answered the TLS handshake with something that is not TLS ({error.reason})",
            hint=f"is {place} a plaintext port, or another server altogether?",
        )
    return TlsFailed(
        system,
        f"the TLS handshake with {place} failed: {error.reason or error}",
        hint=f"openssl s_client -connect {place} shows the versions and ciphers that it offers",
    )
