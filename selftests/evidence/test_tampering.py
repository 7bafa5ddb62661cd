"""Every byte that proves something, flipped: nothing is accepted. Prints how many were tried."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from golive.errors import BadInput
from golive.evidence import signoff
from golive.evidence.chain import Broken
from golive.evidence.envelope import Refused, beside, opened
from golive.evidence.roles import OWNERS
from golive.evidence.statements import ATTESTATION, Attestation, read_one
from selftests.ledgers import CHECKLIST, Release, finding, only, record

ITEMS = ["smoke.health", "smoke.kafka", *(f"signoff.{role}" for role in OWNERS)]
SMALL = only(CHECKLIST, ITEMS)
BITS = (0x01, 0x80)
"""One that stays printable more often than not, and one that never is ASCII."""


@pytest.fixture
def release(tmp_path: Path) -> Release:
    found = Release(tmp_path, SMALL)
    found.enter(record("one", finding("smoke.health")), record("two", finding("smoke.kafka")), record("three"))
    for role in OWNERS:
        signoff.sign(found.question().expected, role, "GO", found.people.signers[role])
    assert accepted(found)
    return found


def accepted(release: Release) -> bool:
    """As golive verify would see it."""
    try:
        return release.answer(signed=True).good
    except (Broken, BadInput):
        return False


def flipped(raw: bytes) -> Iterator[bytes]:
    for place in range(len(raw)):
        for bit in BITS:
            yield raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]


def tried(path: Path, changes: Iterator[bytes], good: Callable[[], bool]) -> int:
    """Put each change in the file's place; nothing may be accepted. Gives how many there were."""
    before, count, wrong = path.read_bytes(), 0, 0
    for changed in changes:
        path.write_bytes(changed)
        count += 1
        wrong += good()
    path.write_bytes(before)
    assert good()
    print(f"{path.name}: {count} changes, {wrong} accepted")
    assert wrong == 0
    return count


def inside(envelope: dict[str, object], part: str) -> Iterator[bytes]:
    """The envelope with each byte of a part, decoded, flipped and encoded again."""
    signature = envelope["signatures"][0]  # type: ignore[index] # one signature
    encoded = envelope["payload"] if part == "payload" else signature["sig"]
    for raw in flipped(base64.b64decode(str(encoded))):
        again = base64.b64encode(raw).decode()
        changed = json.loads(json.dumps(envelope))
        if part == "payload":
            changed["payload"] = again
        else:
            changed["signatures"][0]["sig"] = again
        yield json.dumps(changed).encode()


def loose(encoded: str) -> Iterator[str]:
    """Other texts that a lenient decoder takes for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    end = encoded.rstrip("=")
    last = alphabet.index(end[-1])
    free = {0: 0, 1: 2, 2: 4}[len(encoded) - len(end)]
    texts = [end[:-1] + alphabet[last ^ bits] + encoded[len(end) :] for bits in range(1, 1 << free)]
    texts += [encoded + "\n", f" {encoded}", encoded + "=", end, encoded.replace("+", "-").replace("/", "_") + "="]
    yield from (text for text in texts if text != encoded)


@pytest.mark.parametrize("part", ["payload", "signature"])
def test_every_byte_of_a_sign_off(release: Release, part: str) -> None:
    path = signoff.place(release.ledger, "whole", "product_owner")
    count = tried(path, inside(json.loads(path.read_text()), part), lambda: accepted(release))
    assert count >= 2 * 64


@pytest.mark.parametrize("part", ["payload", "signature"])
def test_every_byte_of_a_statement(release: Release, part: str) -> None:
    path = release.people.attestation()
    envelope = beside(path)

    def good() -> bool:
        return read_one(path, Attestation, release.people.roles).refused == ""

    assert tried(envelope, inside(json.loads(envelope.read_text()), part), good) >= 2 * 64
    assert tried(path, flipped(path.read_bytes()), lambda: _reads(path, release)) > 400


def _reads(path: Path, release: Release) -> bool:
    try:
        return read_one(path, Attestation, release.people.roles).refused == ""
    except BadInput:
        return False


def test_every_byte_of_the_role_map(release: Release) -> None:
    path = release.folder / "roles.toml"
    assert tried(path, flipped(path.read_bytes()), lambda: accepted(release)) > 1000


def test_every_byte_of_a_record_and_of_the_chain(release: Release) -> None:
    held = release.ledger.folder / "records" / "one.json"
    envelope = json.loads(held.read_text())
    raw = base64.b64decode(envelope["record"])
    changes = (
        json.dumps({**envelope, "record": base64.b64encode(changed).decode()}).encode() for changed in flipped(raw)
    )
    assert tried(held, changes, lambda: accepted(release)) > 1000
    assert tried(release.ledger.path, flipped(release.ledger.path.read_bytes()), lambda: accepted(release)) > 1000


def test_a_record_and_its_link_forged_together_are_seen_by_the_suites_signature(release: Release) -> None:
    unsigned = Release(release.folder / "forged", SMALL)
    unsigned.people.signers.update(release.people.signers)
    unsigned.people.bind()
    stranger = Release(release.folder / "stranger", SMALL)
    stranger.enter(record("one", finding("smoke.health")))
    stranger.ledger.folder.rename(unsigned.folder / "ledger-r1")
    (unsigned.folder / "ledger").mkdir()
    (unsigned.folder / "ledger-r1").rename(unsigned.folder / "ledger" / "r1")
    with pytest.raises(Broken, match="binds to no role"):
        _ = unsigned.ledger.records


def test_links_removed_swapped_and_doubled(release: Release) -> None:
    lines = release.ledger.path.read_text().splitlines(keepends=True)
    assert len(lines) == 3
    removed = ["".join(lines[:n] + lines[n + 1 :]) for n in range(3)]
    swapped = ["".join(lines[b] if i == a else lines[a] if i == b else lines[i] for i in range(3))
               for a in range(3) for b in range(a)]  # fmt: skip
    doubled = ["".join((*lines[: n + 1], *lines[n:])) for n in range(3)]
    changes = [*removed, *swapped, *doubled, "", "".join(lines)[:-1]]
    assert tried(release.ledger.path, (text.encode() for text in changes), lambda: accepted(release)) == 11


def test_base64_that_is_not_canonical(release: Release) -> None:
    path = signoff.place(release.ledger, "whole", "product_owner")
    envelope = json.loads(path.read_text())
    signature = envelope["signatures"][0]
    changes = [
        *(json.dumps({**envelope, "payload": text}).encode() for text in loose(envelope["payload"])),
        *(
            json.dumps({**envelope, "signatures": [{**signature, "sig": text}]}).encode()
            for text in loose(signature["sig"])
        ),
    ]
    assert tried(path, iter(changes), lambda: accepted(release)) > 8


@pytest.mark.parametrize(
    "change",
    [
        lambda e: {**e, "more": 1},
        lambda e: {**e, "signatures": []},
        lambda e: {**e, "signatures": e["signatures"] * 2},
        lambda e: {**e, "payloadType": "text/plain"},
        lambda e: {**e, "signatures": [{**e["signatures"][0], "keyid": "0" * 64}]},
        lambda e: {**e, "signatures": [{**e["signatures"][0], "more": 1}]},
        lambda e: {**e, "payload": 1},
        lambda e: [e],
    ],
)
def test_envelopes_of_another_shape(release: Release, change: Callable[[dict[str, object]], object]) -> None:
    path = beside(release.people.attestation())
    envelope = json.loads(path.read_text())
    with pytest.raises(Refused):
        opened(json.dumps(change(envelope)), ATTESTATION, release.people.roles)
