"""Keys of the people who state and sign: ed25519, the private half encrypted with a passphrase.

A name in a statement proves nothing. What proves is a signature by a key that the target's role map binds to a role.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from golive.errors import BadInput

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

SHORTEST_PASSPHRASE = 12
"""Characters."""
LOCKED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
"""How a file begins whose key a passphrase protects (https://www.rfc-editor.org/rfc/rfc7468#section-11)."""
PUBLIC_BYTES = 32
"""Of an ed25519 public key (https://www.rfc-editor.org/rfc/rfc8032)."""


def untaken(path: Path) -> None:
    """Raises BadInput where a key could not be made: its file is there already, or its folder is not."""
    if path.exists() or path.is_symlink():
        raise BadInput("is there already", file=path, suggestion="another name; a key is never overwritten")
    if not path.parent.is_dir():
        raise BadInput("is in no folder that is there", file=path, suggestion=f"mkdir -p {path.parent}")


def new(path: Path, passphrase: SecretStr) -> str:
    """Make a key and write its private half; gives the public one, as a role map names it.

    Raises BadInput for a passphrase that is too short, or where the file is there already: a key is never overwritten.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
    )

    if len(passphrase.get_secret_value()) < SHORTEST_PASSPHRASE:
        raise BadInput(f"the passphrase has less than {SHORTEST_PASSPHRASE} characters", field="passphrase")
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.get_secret_value().encode())
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("is there already", file=path, suggestion="another name; a key is never overwritten") from None
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", file=path) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def locked(path: Path) -> bytes:
    """A private key file as it is, which needs no passphrase yet.

    Raises BadInput where it cannot be read, is open to others, or is no key that a passphrase protects.
    """
    try:
        pem = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise BadInput(f"the key cannot be read: {error.strerror}", file=path, suggestion="golive key new") from None
    if mode & 0o077:
        raise BadInput(f"others may read this key (mode {mode:o})", file=path, suggestion=f"chmod 600 {path}")
    if not pem.startswith(LOCKED):
        raise BadInput(
            "is no private key that a passphrase protects", file=path, suggestion="a file that golive key new made"
        )
    return pem


def load(path: Path, passphrase: SecretStr) -> CryptoSigner:
    """The signer of a private key file.

    Raises BadInput as ``locked``, and where the passphrase is another or the key is of another kind.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    pem = locked(path)
    try:
        private = load_pem_private_key(pem, passphrase.get_secret_value().encode())
    except (ValueError, TypeError):
        raise BadInput("the passphrase is another one, or the file is damaged", file=path) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput("is no ed25519 key", file=path, suggestion="golive key new")
    return CryptoSigner(private)


def public_key(text: str) -> SSlibKey:
    """The key of which a role map says the public half. Raises ValueError, in words, for any other text."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from securesystemslib.signer import SSlibKey

    raw = canonical_base64(text)
    if len(raw) != PUBLIC_BYTES:
        raise ValueError(f"is no ed25519 public key: {len(raw)} bytes, not {PUBLIC_BYTES}")
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))


def canonical_base64(text: str) -> bytes:
    """The bytes of a text in base64. Raises ValueError where another text would give the same bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("is not canonical base64: its unused bits must be zero")
    return raw
