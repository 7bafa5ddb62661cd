"""What is written, byte for byte; and what differs between two records."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from golive.errors import BadInput, Reason
from golive.evidence import writing
from golive.evidence.difference import difference
from golive.evidence.record import Digests, Identity, Journal, entry_of, read_journal, schema, sha256_of
from golive.evidence.statements import Attestation, Document
from golive.finding import Evidence as Piece
from golive.finding import Finding, Outcome
from selftests.unit.evidence.refusals import said
from selftests.unit.test_texts import finding, record


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


@pytest.mark.usefixtures("ascii_locale")
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


def test_what_looks_like_the_end_of_a_line_ends_none(tmp_path: Path) -> None:
    message = "one\u2028two\u0085three\x0bfour\nfive"
    journal = Journal(tmp_path / "record.jsonl")
    journal.write("finding", message=message)
    journal.write("end")
    journal.close()
    assert list(read_journal(journal.path)) == [{"type": "finding", "message": message}, {"type": "end"}]


def test_a_finding_stands_in_the_record_as_it_was() -> None:
    found = Finding("smoke.health", Outcome.UNKNOWN, Reason.TIMEOUT, "mute", "look", (Piece("Answer", {"ms": 3}),))
    assert entry_of(found).model_dump() == {
        "item": "smoke.health", "outcome": "UNKNOWN", "reason": "timeout", "message": "mute", "hint": "look",
        "evidence": [{"subject": "Answer", "fields": {"ms": 3}}], "nodeid": "", "started": "", "seconds": 0.0,
        "versions": {}, "must": "",
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
