"""The ledger: what is put in byte for byte, and each refusal word for word, on the way in and of what was smuggled."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golive.errors import BadInput
from golive.evidence import chain, intoto
from golive.evidence.agreement import NEXT
from golive.evidence.chain import Broken, Kind
from golive.evidence.envelope import seal
from golive.evidence.ledger import REASON, Entered, Ledger, Reason, Reasoned, ledger, read_run
from golive.evidence.ledger import checklists as other_checklists
from golive.evidence.record import Record
from selftests.ledgers import CHECKLIST, POLICY, Release, close, finding, journal_of, only, record
from selftests.people import NOW
from selftests.unit.evidence.refusals import Said, said

ITEMS = only(CHECKLIST, ["smoke.health"])
ONE = record("one", finding("smoke.health"))
WHY = Reason(target="bare", release="r1", item="smoke.health", run="red", why="a neighbour had the port", at=NOW)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path, ITEMS)


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def enveloped(release: Release, found: Record, by: str = "suite", kind: str = intoto.PAYLOAD) -> str:
    """A record as it stands in the ledger, signed by a role, whatever it is of."""
    raw = found.model_dump_json().encode()
    statement = json.dumps(intoto.test_result(found, hashlib.sha256(raw).hexdigest())).encode()
    return held(raw, seal(statement, kind, release.people.signers[by]))


def held(raw: bytes, envelope: str, **more: object) -> str:
    return json.dumps({"record": encoded(raw), "envelope": json.loads(envelope), **more}) + "\n"


def smuggled(release: Release, kind: Kind, raw: bytes) -> str:
    """Put a file into the chain as nobody would; what is said when the ledger is read."""
    place = release.ledger.folder / f"{kind}s" / "x.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(raw)
    release.ledger.path.unlink(missing_ok=True)
    chain.add(release.ledger.path, kind, place, NOW)
    with pytest.raises(Broken) as raised:
        _ = release.ledger.records, release.ledger.reasons
    return str(raised.value)


def refused(release: Release, found: Record, by: str = "suite") -> list[Said]:
    with pytest.raises(BadInput) as raised:
        release.enter(found, by=by)
    return said(raised.value)


def of(release: str = "r1", **changes: Any) -> Record:
    identity = ONE.identity.model_copy(update={"release": release})
    return ONE.model_copy(update={"identity": identity, **changes})


def test_a_run_is_put_in_with_its_signature_in_one_file(release: Release) -> None:
    release.enter(ONE)
    (link,) = release.ledger.links
    raw = (release.folder / "runs" / "one" / "record.json").read_bytes()
    place = release.ledger.folder / "records" / "one.json"
    statement = json.dumps(intoto.test_result(ONE, hashlib.sha256(raw).hexdigest())).encode()
    assert place.read_text() == held(raw, seal(statement, intoto.PAYLOAD, release.people.signers["suite"]))
    assert (link.number, link.kind, link.at, link.file) == (1, "record", NOW.isoformat(), "records/one.json")
    assert release.ledger.records == (Entered(ONE, hashlib.sha256(raw).hexdigest(), link),)
    assert release.ledger.digest == link.hash


def test_what_does_not_belong_in_is_refused_on_the_way_in(release: Release) -> None:
    words = "the run is of release {!r}, the ledger of 'r1'"
    assert refused(release, of("r2", run="two")) == [(words.format("r2"), "two", 0, "", "--release")]
    assert refused(release, of("", run="untagged")) == [(words.format("none"), "untagged", 0, "", "--release")]
    target = "the run is of target 'other', the ledger of 'bare'"
    assert refused(release, of(run="other", target="other")) == [(target, "other", 0, "", "")]
    lead = f"signed by {release.people.roles.keys[0].words}, not by a key of the suite"
    suite = '[[key]] with role = "suite"'
    assert refused(release, ONE, by="engineering_lead") == [(lead, "roles.toml", 0, "", f"a {suite}")]
    assert (release.ledger.links, release.ledger.strays()) == ((), [])
    release.enter(of(run="in"))
    with pytest.raises(BadInput) as raised:
        release.ledger.enter(release.folder / "runs" / "in", release.people.signers["suite"], NOW)
    assert said(raised.value) == [("in is in the ledger already", "in", 0, "", "")]


@pytest.mark.parametrize("name", ["", "../in", "/in", "a/b", "..", "in\n"])
def test_a_run_that_would_lie_elsewhere_is_refused(release: Release, name: str) -> None:
    run = close(of(run=name), release.folder / "runs" / "one")
    with pytest.raises(BadInput) as raised:
        release.ledger.enter(run, release.people.signers["suite"], NOW)
    assert said(raised.value) == [(f"{name!r} names no run", "one", 0, "", "the record as its run closed it")]
    assert not release.ledger.folder.exists()


def test_a_folder_without_a_closed_run_is_none(tmp_path: Path) -> None:
    def rows() -> list[Said]:
        with pytest.raises(BadInput) as raised:
            read_run(tmp_path)
        return said(raised.value)

    assert rows() == [("the run was never closed", "record.json", 0, "", "wait for its end, or run it again")]
    (tmp_path / "record.json").write_text("{}")
    assert rows() == [("is no run record: Field required", "record.json", 0, "schema_version", NEXT)]
    changed = ONE.model_dump(mode="json") | {"identity": {**ONE.identity.model_dump(), "release": 1}}
    (tmp_path / "record.json").write_text(json.dumps(changed))
    text = "is no run record: Input should be a valid string"
    assert rows() == [(text, "record.json", 0, "identity.release", NEXT)]
    (tmp_path / "record.json").write_text(ONE.model_dump_json())
    absent = "the run's journal is not there, and the record alone could have been edited"
    assert rows() == [(absent, "record.jsonl", 0, "", NEXT)]
    (tmp_path / "record.jsonl").write_text("x")
    assert rows() == [("is not the journal that the record was closed with", "record.jsonl", 0, "", NEXT)]
    (tmp_path / "record.jsonl").write_text(journal_of(ONE))
    assert read_run(tmp_path) == (ONE.model_dump_json().encode(), ONE)


@pytest.mark.parametrize("name", ["", "-r1", ".r1", "r 1", "r1/2", "..", "r1\n"])
def test_a_release_is_called_as_a_folder_may_be(release: Release, name: str) -> None:
    with pytest.raises(BadInput) as raised:
        ledger(release.folder, "bare", name, release.people.roles)
    assert said(raised.value) == [(f"{name!r} names no release", "", 0, "--release", "the release's tag")]
    found = ledger(release.folder, "bare", "2026.11.0-rc_1+b", release.people.roles)
    folder = release.folder / "ledger" / "2026.11.0-rc_1+b"
    assert found == Ledger(folder, "bare", "2026.11.0-rc_1+b", release.people.roles)


def bad_records(release: Release) -> Iterator[tuple[str, str]]:
    """Files that hold no record of this release, and what is said of each."""
    good = enveloped(release, ONE)
    fields = json.loads(good)
    envelope, other = json.dumps(fields["envelope"]), of(run="two").model_dump_json().encode()
    no_json = seal(b"{", intoto.PAYLOAD, release.people.signers["suite"])
    none, lead = "records/x.json holds no record", release.people.roles.keys[0].words
    yield "x", none
    yield "[]", none
    yield "{}", none
    yield json.dumps(fields | {"record": "%"}), none
    yield json.dumps(fields | {"record": fields["record"] + "\n"}), none
    yield held(b"{}", envelope), none
    yield json.dumps(fields | {"more": ""}), "its record is not canonical base64"
    yield good.replace("signatures", "signature"), "an envelope has exactly the fields payload, payloadType, signatures"
    yield enveloped(release, ONE, kind="other"), "it signs 'other', not 'application/vnd.in-toto+json'"
    yield enveloped(release, ONE, by="engineering_lead"), f"signed by {lead}, not by a key of the suite"
    yield held(ONE.model_dump_json().encode(), no_json), "is no JSON"
    yield held(other, envelope), "what is signed is not what the record says"
    yield enveloped(release, of("r2")), "its record is of bare r2"
    yield enveloped(release, of("")), "its record is of bare without a release"
    yield enveloped(release, of(target="other")), "its record is of other r1"


def test_a_record_that_was_smuggled_in_is_named(release: Release) -> None:
    for text, words in bad_records(release):
        assert smuggled(release, "record", text.encode()) == f"link 1: {words}"


def test_base64_with_unused_bits_is_not_canonical(release: Release) -> None:
    raw = ONE.model_dump_json().encode()
    raw += b" " * ((1 - len(raw)) % 3 or 3)
    assert encoded(raw).endswith("IA==")
    fields = json.loads(enveloped(release, ONE)) | {"record": encoded(raw).removesuffix("A==") + "B=="}
    assert smuggled(release, "record", json.dumps(fields).encode()) == "link 1: its record is not canonical base64"


def test_a_reason_is_put_in_signed_and_numbered(release: Release) -> None:
    release.enter(ONE)
    signer = release.people.signers["product_owner"]
    link = release.ledger.give(WHY, signer, NOW)
    assert (link.number, link.kind, link.file) == (2, "reason", "reasons/0002-smoke.health.dsse.json")
    place = release.ledger.folder / link.file
    assert place.read_text() == seal(WHY.model_dump_json().encode(), "application/vnd.golive.reason+json", signer)
    words = release.people.roles.keys[1].words
    assert release.ledger.reasons == (Reasoned(WHY, "product_owner", words),)
    assert release.ledger.give(WHY, signer, NOW).file == "reasons/0003-smoke.health.dsse.json"


def test_a_reason_that_was_smuggled_in_is_named(release: Release) -> None:
    def sealed(reason: Reason, kind: str = REASON) -> bytes:
        return seal(reason.model_dump_json().encode(), kind, release.people.signers["suite"]).encode()

    for raw, words in (
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (sealed(WHY, "other"), "it signs 'other', not 'application/vnd.golive.reason+json'"),
        (seal(b"{}", REASON, release.people.signers["suite"]).encode(), "6 validation errors for Reason"),
        (sealed(WHY.model_copy(update={"release": "r2"})), "its reason is for bare r2"),
        (sealed(WHY.model_copy(update={"target": "other"})), "its reason is for other r1"),
    ):
        assert smuggled(release, "reason", raw) == f"link 1: {words}"


def test_whatever_lies_beside_the_chain_is_named(release: Release) -> None:
    release.enter(ONE)
    release.ledger.give(WHY, release.people.signers["suite"], NOW)
    assert release.ledger.strays() == []
    for name in ("records/z", "reasons/a", "records/a"):
        (release.ledger.folder / name).write_bytes(b"")
    assert release.ledger.strays() == ["reasons/a", "records/a", "records/z"]


def test_what_another_checklist_decided_is_named(release: Release) -> None:
    unknown = record("two", finding("smoke.z"), finding("smoke.a"), finding("smoke.health"))
    release.enter(ONE, unknown, of(run="three", digests=ONE.digests.model_copy(update={"checklist": "d" * 64})))
    assert other_checklists(release.ledger, ITEMS, POLICY) == [
        "link 2: knows smoke.a, which the checklist does not", "link 3: its run used another checklist"
    ]  # fmt: skip
