"""Envelopes: whose signatures carry, and each refusal word for word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from golive.evidence.envelope import Refused, beside, opened, seal, sign_file
from golive.evidence.statements import ATTESTATION, WAIVER, Waiver, read
from selftests.people import People


def changed(text: str, **fields: Any) -> str:
    return json.dumps({**json.loads(text), **fields})


def test_an_envelope_gives_its_bytes_and_who_signed_them_in_order(people: People) -> None:
    one, two = people.signers["suite"], people.signers["pilot_user"]
    text = seal(b"payload", "kind", two, seal(b"payload", "kind", one))
    found = opened(text, "kind", people.roles)
    assert (found.payload, [signer.role for signer in found.signers]) == (b"payload", ["suite", "pilot_user"])
    assert text.startswith('{\n "payload": "cGF5bG9hZA==",\n "payloadType": "kind",\n "signatures": [')
    assert text.endswith("}\n")


def test_signatures_of_other_bytes_or_of_another_kind_are_never_replaced(people: People) -> None:
    signer = people.signers["suite"]
    earlier = seal(b"payload", "kind", signer)
    for payload, kind in ((b"other", "kind"), (b"payload", "other")):
        with pytest.raises(Refused, match=r"^the signatures that are there are of another text: it changed since"):
            seal(payload, kind, signer, earlier)


def envelopes(people: People) -> Iterator[tuple[str, str]]:
    """Envelopes that prove nothing, and why."""
    good = seal(b"payload", "kind", people.signers["suite"])
    (signature,) = json.loads(good)["signatures"]
    stranger = seal(b"payload", "kind", People(people.folder / "elsewhere").signers["suite"])
    keyid = json.loads(stranger)["signatures"][0]["keyid"]
    fields = "an envelope has exactly the fields payload, payloadType, signatures"
    two = "a signature has exactly the fields keyid and sig"
    wrong = "a signature is not by the key that it names, or the text changed since"
    yield "[", "the envelope is no JSON: Expecting value: line 1 column 2 (char 1)"
    yield '{"payload": "", "payload": ""}', "the envelope is no JSON: a field stands there twice"
    yield "[]", fields
    yield "{}", fields
    yield changed(good, extra=""), fields
    yield changed(good, signatures={}), fields
    yield changed(good, signatures=[]), "nobody has signed it"
    yield changed(good, payload=1), "the payload is no text"
    yield changed(good, payload="%"), "the payload is not base64"
    yield changed(good, payload="AAB="), "the payload is not canonical base64: its unused bits must be zero"
    yield changed(good, payloadType=1), "its payloadType is no text"
    yield changed(good, signatures=["x"]), two
    yield changed(good, signatures=[{"keyid": "x"}]), two
    yield changed(good, signatures=[{**signature, "more": ""}]), two
    yield changed(good, signatures=[{**signature, "keyid": 1}]), "a signature's keyid is no text"
    yield changed(good, signatures=[{**signature, "sig": None}]), "a signature is no text"
    yield changed(good, signatures=[{**signature, "sig": "%"}]), "a signature is not base64"
    yield changed(good, signatures=[signature, signature]), "the same key has signed twice"
    yield changed(good, payloadType="other"), "it signs 'other', not 'kind'"
    yield stranger, f"signed by key {keyid[:12]}, which roles.toml binds to no role"
    yield changed(good, payload="cGF5bG9hZAo="), wrong
    yield changed(good, signatures=[{**signature, "sig": "AAAA"}]), wrong


def test_every_envelope_that_proves_nothing_is_refused_word_for_word(people: People) -> None:
    for text, why in envelopes(people):
        with pytest.raises(Refused) as raised:
            opened(text, "kind", people.roles)
        assert str(raised.value) == why, text


def test_one_bad_signature_beside_a_good_one_voids_the_whole(people: People) -> None:
    good = seal(b"payload", "kind", people.signers["suite"])
    other = json.loads(seal(b"other", "kind", people.signers["pilot_user"]))["signatures"]
    for signatures in (json.loads(good)["signatures"] + other, other + json.loads(good)["signatures"]):
        with pytest.raises(Refused, match="a signature is not by the key that it names"):
            opened(changed(good, signatures=signatures), "kind", people.roles)


def test_a_file_is_signed_beside_it(people: People) -> None:
    path = people.folder / "plan.é.txt"
    path.write_bytes(b"plan")
    assert sign_file(path, "kind", people.signers["suite"]) == path.with_name("plan.é.txt.dsse.json") == beside(path)
    sign_file(path, "kind", people.signers["pilot_user"])
    found = opened(beside(path).read_text(encoding="utf-8"), "kind", people.roles)
    assert (found.payload, len(found.signers)) == (b"plan", 2)


def test_signatures_that_cannot_be_read_count_for_nothing(people: People) -> None:
    path = people.waiver()
    beside(path).write_bytes(b"\xff")
    assert read(people.folder, Waiver, people.roles)[0].refused.startswith("its signatures cannot be read: 'utf-8'")
    beside(path).write_text(seal(b"other", WAIVER, people.signers["suite"]))
    assert read(people.folder, Waiver, people.roles)[0].refused == "it changed since it was signed"
    beside(path).write_text(seal(path.read_bytes(), ATTESTATION, people.signers["suite"]))
    assert read(people.folder, Waiver, people.roles)[0].refused == f"it signs {ATTESTATION!r}, not {WAIVER!r}"
