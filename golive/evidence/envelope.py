"""Signed bytes: DSSE envelopes (https://github.com/secure-systems-lab/dsse), by securesystemslib, read strictly.

Every signature of an envelope must be good and by a key of the role map: one that is not voids the whole, so nothing in
an envelope is there unchecked. Base64 must be canonical, or a changed file could still carry the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from golive.evidence.keys import canonical_base64
from golive.evidence.roles import BoundKey, RoleMap
from golive.wholefile import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

SUFFIX = ".dsse.json"
_FIELDS = {"payload", "payloadType", "signatures"}


class Refused(Exception):
    """An envelope that proves nothing; the message says why, in one line."""


@dataclass(frozen=True)
class Opened:
    """What good signatures stand under."""

    payload: bytes
    signers: tuple[BoundKey, ...]


def beside(path: Path) -> Path:
    """Where the signatures of a file stand."""
    return path.with_name(path.name + SUFFIX)


def seal(payload: bytes, kind: str, signer: CryptoSigner, earlier: str = "") -> str:
    """An envelope of these bytes as JSON. ``earlier``: one of the same bytes, whose signatures are kept.

    Raises Refused where the earlier one is of other bytes or another kind: its signatures would be lost.
    """
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, kind, {})
    if earlier:
        envelope = Envelope.from_dict(_fields(earlier))
        if (envelope.payload, envelope.payload_type) != (payload, kind):
            raise Refused("the signatures that are there are of another text: it changed since it was signed")
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), indent=1) + "\n"


def sign_file(path: Path, kind: str, signer: CryptoSigner) -> Path:
    """Sign a file's bytes beside it, together with those who signed before; gives the envelope's path.

    Raises Refused as ``seal``.
    """
    place = beside(path)
    earlier = place.read_text(encoding="utf-8") if place.exists() else ""
    write_whole(place, seal(path.read_bytes(), kind, signer, earlier))
    return place


def opened(text: str, kind: str, roles: RoleMap) -> Opened:
    """The payload of an envelope and who signed it. Raises Refused for whatever is not as it must be."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    fields = _fields(text)
    if fields["payloadType"] != kind:
        raise Refused(f"it signs {fields['payloadType']!r}, not {kind!r}")
    ids = [signature["keyid"] for signature in fields["signatures"]]
    signers = _bound(ids, roles)
    envelope = Envelope.from_dict(fields)
    try:
        good = envelope.verify([signer.key for signer in signers], len(signers))
    except VerificationError:
        raise Refused("a signature is not by the key that it names, or the text changed since") from None
    if set(good) != set(ids):
        raise Refused("not every signature was verified")
    return Opened(envelope.payload, signers)


def _bound(ids: Iterable[str], roles: RoleMap) -> tuple[BoundKey, ...]:
    signers = []
    for keyid in ids:
        bound = roles.owner_of(keyid)
        if bound is None:
            raise Refused(f"signed by key {keyid[:12]}, which {roles.path.name} binds to no role")
        signers.append(bound)
    return tuple(signers)


def _fields(text: str) -> dict[str, Any]:
    """The envelope's JSON, checked field by field. Raises Refused."""
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except ValueError as error:
        raise Refused(f"the envelope is no JSON: {error}") from None
    if not isinstance(data, dict) or set(data) != _FIELDS or not isinstance(data["signatures"], list):
        raise Refused(f"an envelope has exactly the fields {', '.join(sorted(_FIELDS))}")
    if not data["signatures"]:
        raise Refused("nobody has signed it")
    _check_base64(data["payload"], "the payload")
    if not isinstance(data["payloadType"], str):
        raise Refused("its payloadType is no text")
    for signature in data["signatures"]:
        if not isinstance(signature, dict) or set(signature) != {"keyid", "sig"}:
            raise Refused("a signature has exactly the fields keyid and sig")
        if not isinstance(signature["keyid"], str):
            raise Refused("a signature's keyid is no text")
        _check_base64(signature["sig"], "a signature")
    ids = [signature["keyid"] for signature in data["signatures"]]
    if len(ids) != len(set(ids)):
        raise Refused("the same key has signed twice")
    return data


def _check_base64(value: object, what: str) -> None:
    if not isinstance(value, str):
        raise Refused(f"{what} is no text")
    try:
        canonical_base64(value)
    except ValueError as error:
        raise Refused(f"{what} {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a field stands there twice")
    return dict(pairs)
