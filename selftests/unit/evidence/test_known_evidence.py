"""Each refusal word for word, with file, line, field and what to do; and what is written, byte for byte."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from pydantic import SecretStr

from golive import checklist as checklists
from golive.errors import BadInput, BadInputs, Reason
from golive.evidence import keys, writing
from golive.evidence import roles as role_maps
from golive.evidence.difference import difference
from golive.evidence.envelope import Refused, beside, opened, seal, sign_file
from golive.evidence.home import Home, home
from golive.evidence.record import Digests, Identity, Journal, entry_of, read_journal, schema, sha256_of
from golive.evidence.statements import ATTESTATION, WAIVER, Attestation, Document, Waiver, read
from golive.evidence.waivers import apply
from golive.finding import Evidence as Piece
from golive.finding import Finding, Outcome
from golive.target.evidence import Evidence
from selftests.people import NAMES, NOW, People, public, stamp
from selftests.unit.test_texts import finding, record

ROOT = Path(__file__).parents[3]
CHECKLIST = checklists.load(ROOT / "checklist.toml")
PASSPHRASE = SecretStr("twelve chars")
Said = tuple[str, str, int, str, str]


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def said(error: BadInput) -> list[Said]:
    """Message, file, line, field and suggestion of each problem."""
    problems = error.problems if isinstance(error, BadInputs) else [error]
    return [(each.message, Path(each.file).name, each.line, each.field, each.suggestion) for each in problems]


def waivers_said(people: People) -> list[Said]:
    with pytest.raises(BadInput) as raised:
        Home(people.folder, people.folder, people.roles).waivers(CHECKLIST, "bare")
    return said(raised.value)


def attestations_said(people: People) -> list[Said]:
    with pytest.raises(BadInput) as raised:
        Home(people.folder, people.folder, people.roles).attestations(CHECKLIST, "bare")
    return said(raised.value)


# Statements


def test_waivers_that_may_not_be_are_told_word_for_word(people: People) -> None:
    people.waiver("a", item="functional.caiso_blocked", by=())
    people.waiver("b", item="performance.resource", by=())
    people.waiver("c", target="other", by=())
    people.waiver("d", by=())
    moved = "target: bare, or move the file"
    assert waivers_said(people) == [
        ("cannot be waived: it has to hold", "a.yaml", 1, "item", "remove this waiver"),
        ("is not an item of the checklist", "b.yaml", 1, "item", "did you mean 'performance.resources'?"),
        ("is for target 'other' and lies in the folder of 'bare'", "c.yaml", 2, "target", moved),
        ("is waived by c.yaml already", "d.yaml", 1, "item", "remove one of the two"),
    ]


def test_one_item_may_be_waived_for_two_releases_and_two_items_for_one(people: People) -> None:
    people.waiver("a")
    people.waiver("b", release="r2")
    people.waiver("c", item="performance.log_errors")
    assert len(Home(people.folder, people.folder, people.roles).waivers(CHECKLIST, "bare")) == 3


def test_attestations_of_nothing_are_told_word_for_word(people: People) -> None:
    people.attestation("a", item="smoke.health", by=())
    people.attestation("b", item="testing.uats", by=())
    people.attestation("c", target="other", by=())
    moved = "target: bare, or move the file"
    assert attestations_said(people) == [
        ("is measured: a statement decides nothing", "a.yaml", 1, "item", "remove it"),
        ("is not an item of the checklist", "b.yaml", 1, "item", "did you mean 'testing.uat'?"),
        ("is for target 'other' and lies in the folder of 'bare'", "c.yaml", 2, "target", moved),
    ]
    for name in "abc":
        (people.folder / "attestations" / f"{name}.yaml").unlink()
    people.attestation("good")
    (found,) = Home(people.folder, people.folder, people.roles).attestations(CHECKLIST, "bare")
    assert (found.path.name, found.refused, found.says.target) == ("good.yaml", "", "bare")


def test_files_that_are_no_statements_are_told_word_for_word(people: People) -> None:
    folder = people.folder / "waivers"
    (folder / "a.yaml.dsse.json").write_text("{}")
    (folder / "b.txt").write_text("")
    people.waiver("c").rename(folder / "c.yml")
    beside(folder / "c.yaml").rename(folder / "c.yml.dsse.json")
    assert waivers_said(people) == [
        ("signs a file that is not there", "a.yaml.dsse.json", 0, "", "remove it"),
        ("is no statement: its name must end in .yaml", "b.txt", 0, "", ""),
    ]
    (folder / "a.yaml.dsse.json").unlink()
    (folder / "b.txt").unlink()
    assert [each.path.name for each in read(people.folder, Waiver, people.roles)] == ["c.yml"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"author": "Manager Four"}, "author and approved_by must be two people"),
        ({"author": "MANAGER  four"}, "author and approved_by must be two people"),
        ({"until": stamp(NOW - timedelta(days=1))}, "until must be after created"),
        (
            {"until": stamp(NOW + timedelta(days=30))},
            "lasts longer than 30 days; fix it meanwhile, or waive it anew",
        ),
        ({"until": "2026-11-27T12:00:00"}, "must be in UTC and say so: 2026-11-26T10:00:00Z"),
    ],
)
def test_what_a_waiver_says_wrong_is_told_word_for_word(people: People, changes: dict[str, str], message: str) -> None:
    people.waiver(**changes)
    ((told, *_),) = waivers_said(people)
    assert told.removeprefix("Value error, ") == message


def test_names_that_only_look_alike_are_two_people(people: People) -> None:
    people.waiver(author="Manager Fo ur")
    assert len(read(people.folder, Waiver, people.roles)) == 1


def test_an_attestation_ends_after_it_begins(people: People) -> None:
    path = people.attestation(valid_until=stamp(NOW - timedelta(days=1)))
    ((told, *_),) = attestations_said(people)
    assert told.removeprefix("Value error, ") == "valid_until must be after signed_at"
    beside(path).unlink()
    people.attestation(valid_until=stamp(NOW - timedelta(days=1) + timedelta(seconds=1)))
    assert len(read(people.folder, Attestation, people.roles)) == 1


def test_a_problem_names_the_line_of_its_field_or_the_first(people: People) -> None:
    people.waiver()
    (waiver,) = read(people.folder, Waiver, people.roles)
    assert said(waiver.problem("is wrong", "ticket", "mend it")) == [("is wrong", "w.yaml", 8, "ticket", "mend it")]
    assert said(waiver.problem("is wrong")) == [("is wrong", "w.yaml", 1, "", "")]
    assert waiver.signed_by("operations_manager") is waiver.signers[0]
    assert waiver.signed_by("suite") is None


# What waivers do


def applied(people: People, *findings: Finding, now: datetime = NOW) -> tuple[list[Finding], dict[str, Any]]:
    found, (entry,) = apply(findings, read(people.folder, Waiver, people.roles), CHECKLIST, "r1", now)
    return found, entry.model_dump()


def entry_fields(people: People, standing: str, because: str = "", hides: str = "") -> dict[str, Any]:
    return {
        "item": "performance.resources", "standing": standing, "because": because, "hides": hides,
        "why": "the node pool grows on Friday", "author": "Lead One", "approved_by": "Manager Four",
        "role": "operations_manager", "ticket": "OPS-1", "created": "2026-11-25T12:00:00+00:00",
        "until": "2026-11-27T12:00:00+00:00", "release": "r1", "file": "w.yaml",
        "signed_by": [people.roles.keys[3].words],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "message", "hides"),
    [(None, "", "FAIL"), (None, "memory climbs", "FAIL: memory climbs"), (Reason.TIMEOUT, "", "UNKNOWN timeout")],
)
def test_a_waived_finding_keeps_all_but_its_outcome(
    people: People, reason: Reason | None, message: str, hides: str
) -> None:
    people.waiver()
    outcome = Outcome.UNKNOWN if reason else Outcome.FAIL
    before = Finding("performance.resources", outcome, reason, message, "look", nodeid="n", seconds=2.0)
    found, entry = applied(people, before, Finding("smoke.health", Outcome.PASS))
    words = f"waived until 2026-11-27 12:00 UTC by Manager Four (OPS-1); hides {hides}"
    waived = Finding("performance.resources", Outcome.WAIVED, None, words, "look", nodeid="n", seconds=2.0)
    assert found == [waived, Finding("smoke.health", Outcome.PASS)]
    assert entry == entry_fields(people, "used", hides=hides)


@pytest.mark.parametrize(
    ("moment", "changes", "standing", "because"),
    [
        (NOW + timedelta(days=1), {}, "expired", "since 2026-11-27 12:00 UTC"),
        (NOW - timedelta(days=2), {}, "not yet", "before 2026-11-25 12:00 UTC"),
        (NOW, {"release": "r0"}, "other release", "it is for release r0"),
        (NOW, {"item": "performance.log_errors"}, "unused", "its item was not looked at"),
    ],
)
def test_a_waiver_that_hides_nothing_says_why(
    people: People, moment: datetime, changes: dict[str, str], standing: str, because: str
) -> None:
    people.waiver(**changes)
    red = Finding("performance.resources", Outcome.FAIL)
    found, entry = applied(people, red, now=moment)
    assert found == [red]
    assert entry == entry_fields(people, standing, because) | changes


@pytest.mark.parametrize(
    ("by", "changes", "because"),
    [
        (("product_owner",), {}, "no key of the operations manager has signed it"),
        (
            ("operations_manager",), {"approved_by": "Manager Nine"},
            "approved_by says 'Manager Nine', and the key is of 'Manager Four'",
        ),
        (
            ("operations_manager",), {"item": "security.admin_mfa"},
            "a security item needs the security officer's signature",
        ),
    ],
)  # fmt: skip
def test_signatures_that_carry_nothing_are_told(
    people: People, by: tuple[str, ...], changes: dict[str, str], because: str
) -> None:
    people.waiver(by=by, **changes)
    assert applied(people)[1]["because"] == because


# Envelopes


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


# Keys and roles


def refused(path: Path, passphrase: SecretStr = PASSPHRASE) -> Said:
    with pytest.raises(BadInput) as raised:
        keys.load(path, passphrase)
    (told,) = said(raised.value)
    return told


def test_a_key_is_made_once_and_read_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "k"
    made = keys.new(path, PASSPHRASE)
    signer = keys.load(path, PASSPHRASE)
    assert public(signer) == made
    assert keys.public_key(made).keyid == signer.public_key.keyid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("name", "passphrase", "told"),
    [
        ("k", "eleven char", ("the passphrase has less than 12 characters", "", 0, "passphrase", "")),
        ("there", "twelve chars", ("is there already", "there", 0, "", "another name; a key is never overwritten")),
        ("no/k", "twelve chars", ("cannot be written: No such file or directory", "k", 0, "", "")),
    ],
)
def test_a_key_that_is_not_made_says_why(tmp_path: Path, name: str, passphrase: str, told: Said) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(BadInput) as raised:
        keys.new(tmp_path / name, SecretStr(passphrase))
    message, file, *rest = told
    assert said(raised.value) == [(message, file, *rest)]


def test_a_key_that_is_not_read_says_why(tmp_path: Path) -> None:
    path, other = tmp_path / "k", tmp_path / "x25519"
    assert refused(path) == ("the key cannot be read: No such file or directory", "k", 0, "", "golive key new")
    keys.new(path, PASSPHRASE)
    wrong = ("is no key, or the passphrase is another one", "k", 0, "", "")
    assert refused(path, SecretStr("another one of them")) == wrong
    for mode in (0o640, 0o604, 0o610):
        path.chmod(mode)
        assert refused(path) == (f"others may read this key (mode {mode:o})", "k", 0, "", f"chmod 600 {path}")
    path.chmod(0o400)
    assert keys.load(path, PASSPHRASE)
    path.chmod(0o600)
    path.write_text("no key")
    assert refused(path) == wrong
    encrypted = BestAvailableEncryption(PASSPHRASE.get_secret_value().encode())
    other.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted))
    other.chmod(0o600)
    assert refused(other) == ("is no ed25519 key", "x25519", 0, "", "golive key new")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("%", "is not base64"),
        ("é", "is not base64"),
        ("AAB=", "is not canonical base64: its unused bits must be zero"),
        ("AAAA", "is no ed25519 public key: 3 bytes, not 32"),
        ("A" * 44, "is no ed25519 public key: 33 bytes, not 32"),
    ],
)
def test_a_text_that_is_no_public_key_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        keys.public_key(text)


def role_map_said(people: People, extra: str) -> list[Said]:
    people.bind(extra)
    with pytest.raises(BadInput) as raised:
        role_maps.read(people.folder / "roles.toml")
    return said(raised.value)


def test_a_role_map_that_is_wrong_says_where(people: People) -> None:
    lines = 5 * len(NAMES) - 1  # four a table, and one between two
    again = public(people.signers["suite"])
    table = f'\n[[key]]\nrole = "suite"\nname = "Two"\npublic = "{again}"\n'
    assert role_map_said(people, table) == [
        (
            "this key speaks for somebody already", "roles.toml", lines + 5, "key.6.public",
            "a key of its own for each role: golive key new",
        )
    ]  # fmt: skip
    assert role_map_said(people, '\n[zeta]\n[roles]\nx = "1"\n') == [
        ("a role map holds only [[key]] tables", "roles.toml", lines + 3, "roles", "")
    ]
    empty, wrong = '\n[[key]]\nrole = "suite"\nname = ""\npublic = "AAAA"\n', '\n[[key]]\nrole = "boss"\n'
    told = role_map_said(people, empty + wrong)
    assert [(file, line, field) for _, file, line, field, _ in told] == [
        ("roles.toml", lines + 4, "key.6.name"),
        ("roles.toml", lines + 5, "key.6.public"),
        ("roles.toml", lines + 8, "key.7.role"),
        ("roles.toml", lines + 7, "key.7.name"),
        ("roles.toml", lines + 7, "key.7.public"),
    ]


def test_keys_are_found_by_their_id_and_named_for_people(people: People) -> None:
    bound = people.roles.keys[0]
    keyid = people.signers["engineering_lead"].public_key.keyid
    assert people.roles.owner_of(keyid) == bound
    assert people.roles.owner_of("x") is None
    assert bound.words == f"Lead One (engineering lead, key {keyid[:12]})"


def test_where_nobody_has_stated_anything_yet_no_role_map_is_asked_for(tmp_path: Path) -> None:
    where = Evidence(folder=Path("evidence"), roles=Path("evidence/roles.toml"))
    nobody = home(where, tmp_path)
    assert (nobody.root, nobody.folder) == (tmp_path, tmp_path / "evidence")
    assert (nobody.roles.path, nobody.roles.keys) == (tmp_path / "evidence" / "roles.toml", ())
    (tmp_path / "evidence").mkdir()
    with pytest.raises(BadInput):
        home(where, tmp_path)
    people = People(tmp_path / "evidence")
    assert home(where, tmp_path).roles.keys == people.roles.keys


# What is written


def test_a_statement_is_written_as_a_person_would(tmp_path: Path) -> None:
    now = datetime(2026, 11, 26, 12, 0, 5, tzinfo=UTC)
    attestation = Attestation(
        item="testing.uat", target="bare", release="r1", role="pilot_user", name="Zoë Five",
        statement="accepted " * 14, signed_at=now, valid_until=now + timedelta(days=1),
    )  # fmt: skip
    folder = tmp_path / "not" / "there"
    path = writing.write(folder, attestation, now)
    assert path == folder / "attestations" / "testing.uat-20261126T120005Z.yaml"
    first, second = ("accepted " * 12).strip(), ("accepted " * 2).strip()
    assert path.read_text(encoding="utf-8") == (
        "item: testing.uat\ntarget: bare\nrelease: r1\nrole: pilot_user\nname: Zoë Five\n"
        f"statement: '{first}\n  {second} '\n"
        "signed_at: '2026-11-26T12:00:05Z'\nvalid_until: '2026-11-27T12:00:05Z'\n"
    )
    with pytest.raises(BadInput) as raised:
        writing.write(folder, attestation, now)
    again = "wait a second, or edit that one and sign it anew"
    assert said(raised.value) == [("is there already", path.name, 0, "", again)]
    assert writing.write(folder, attestation, now + timedelta(seconds=1)) != path


def test_documents_are_named_with_the_digest_of_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert writing.documents(["abc"], tmp_path) == (Document(uri="abc", sha256=digest),)
    assert sha256_of(tmp_path / "abc") == digest
    with pytest.raises(BadInput) as raised:
        writing.digest_of("gone", tmp_path)
    assert said(raised.value) == [("cannot be read: No such file or directory", "gone", 0, "evidence", "")]
    assert raised.value.file == str(tmp_path / "gone")


def test_people_write_whole_seconds_of_utc() -> None:
    moment = datetime(2026, 11, 26, 14, 0, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert writing.seconds(moment).isoformat() == "2026-11-26T12:00:05+00:00"


def test_a_journal_is_there_line_by_line_and_survives_a_killed_writer(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "record.jsonl"
    journal = Journal(path)
    journal.write("run", name="é")
    assert path.read_text(encoding="utf-8") == '{"type": "run", "name": "é"}\n'
    journal.write("end")
    text = '{"type": "run", "name": "é"}\n{"type": "end"}\n'
    assert journal.close() == hashlib.sha256(text.encode()).hexdigest()
    again = Journal(path)
    again.write("late")
    again.close()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"type": "ki')
    assert list(read_journal(path)) == [{"type": "run", "name": "é"}, {"type": "end"}, {"type": "late"}]
    assert journal.path == path


def test_a_finding_stands_in_the_record_as_it_was() -> None:
    found = Finding("smoke.health", Outcome.UNKNOWN, Reason.TIMEOUT, "mute", "look", (Piece("Answer", {"ms": 3}),))
    assert entry_of(found).model_dump() == {
        "item": "smoke.health", "outcome": "UNKNOWN", "reason": "timeout", "message": "mute", "hint": "look",
        "evidence": [{"subject": "Answer", "fields": {"ms": 3}}], "nodeid": "", "started": "", "seconds": 0.0,
        "versions": {},
    }  # fmt: skip
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema()["title"] == "Record"


def test_what_differs_between_two_identities_is_named() -> None:
    before = record(finding("smoke.health", "PASS"))
    after = before.model_copy(
        update={
            "target": "u",
            "suite_version": "1",
            "identity": Identity(
                release="r2", builds={"gateway": "2"}, cluster_uid="uid", cluster_uid_absent_because=""
            ),
            "digests": Digests(checklist="c" * 64, target="t" * 64),
        }
    )
    forth, back = difference(before, after), difference(after, before)
    assert dict(forth.identity) == {
        "target": ("t", "u"), "release": ("r|1", "r2"), "cluster": ("", "uid"), "build of gateway": ("", "2"),
        "target file": ("", "t" * 12), "checklist": ("", "c" * 12), "suite": ("0", "1"),
    }  # fmt: skip
    assert dict(back.identity) == {name: (new, old) for name, (old, new) in forth.identity.items()}
    assert (forth.same, forth.changes, forth.same_release) == (1, (), False)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("PASS", "WAIVED", "worse"), ("WAIVED", "UNKNOWN", "worse"), ("UNKNOWN", "FAIL", "worse"),
        ("FAIL", "UNKNOWN", "better"), ("WAIVED", "PASS", "better"), ("PASS", "NOT APPLICABLE", "changed"),
    ],
)  # fmt: skip
def test_each_step_is_better_or_worse(before: str, after: str, kind: str) -> None:
    reasons = {"UNKNOWN": "timeout"}
    one, two = (record(finding("smoke.health", each, reasons.get(each))) for each in (before, after))
    (change,) = difference(one, two).changes
    assert (change.kind, change.item) == (kind, "smoke.health")
    assert difference(one, two).same == 0
