"""What stands at a gate, whole: the items, what is against it, and the summary of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golive.decision import Decision, Verdict
from golive.evidence import signoff
from golive.evidence.gates import GATES
from golive.evidence.record import FindingEntry
from golive.evidence.roles import OWNERS
from golive.evidence.signoff import Expected
from golive.evidence.standing import Stands
from golive.evidence.verification import answer, needs_signatures, unsigned
from selftests.ledgers import CHECKLIST, MINUTE, POLICY, Release, finding, only, record
from selftests.people import NOW

SIGN_OFF = [f"signoff.{role}" for role in OWNERS]
ONE, TWO = (hashlib.sha256(text).hexdigest() for text in (b"one", b"two"))


def released(folder: Path, *items: str) -> Release:
    return Release(folder, only(CHECKLIST, [*items, *SIGN_OFF]))


def signature(role: str, **changes: Any) -> FindingEntry:
    """The finding of a role's item of the sign-off: a good one, but for these changes."""
    good: dict[str, Any] = {
        "item": f"signoff.{role}", "outcome": "PASS", "reason": None, "message": "", "hint": "", "evidence": [],
        "nodeid": "", "started": "2026-11-26T12:00:00+00:00", "seconds": 0, "versions": {},
    }  # fmt: skip
    return FindingEntry.model_validate(good | changes)


def refused(role: str, reason: str, words: str) -> Stands:
    hint = f"golive sign --role {role}"
    found = signature(role, outcome="UNKNOWN", reason=reason, message=words, hint=hint)
    return Stands(CHECKLIST.by_id[f"signoff.{role}"], found, remark=words)


def test_each_signature_is_an_item_that_stands(tmp_path: Path) -> None:
    release = released(tmp_path)
    for role in OWNERS[:2]:
        signoff.sign(release.question().expected, role, "GO", release.people.signers[role])
    release.enter(record("later", finding("smoke.health")))
    signoff.sign(release.question().expected, OWNERS[0], "GO", release.people.signers[OWNERS[0]])
    assert release.answer().items == (
        Stands(CHECKLIST.by_id["signoff.engineering_lead"], signature("engineering_lead")),
        refused("product_owner", "stale_evidence", "the ledger changed since it was signed"),
        refused("security_officer", "no_evidence", "has not signed"),
        refused("operations_manager", "no_evidence", "has not signed"),
    )


def test_what_people_sign_is_decided_without_their_signatures(tmp_path: Path) -> None:
    release = released(tmp_path, "smoke.health", "smoke.kafka")
    release.enter(record("first", finding("smoke.health")))
    answered = release.answer()
    assert answered.decision == Decision(Verdict.INCOMPLETE, 6, 1, {"PASS": 1, "UNKNOWN": 5})
    assert unsigned(answered) == Decision(Verdict.INCOMPLETE, 2, 1, {"PASS": 1, "UNKNOWN": 1})
    assert {gate for gate in GATES if needs_signatures(gate)} == {"close", "whole"}


def test_all_that_is_against_a_gate_is_named(tmp_path: Path) -> None:
    release = released(tmp_path, "smoke.health")
    release.enter(record("first", finding("smoke.health"), digests={"checklist": "e" * 64, "target": "t" * 64}))
    (release.ledger.folder / "records" / "stray.json").write_bytes(b"")
    (release.ledger.folder / "reasons").mkdir()
    (release.ledger.folder / "reasons" / "stray").write_bytes(b"")
    wrong = (
        "reasons/stray lies in the ledger, and no link names it",
        "records/stray.json lies in the ledger, and no link names it",
        "link 1: its run used another checklist",
    )
    assert release.answer("deployed").against == wrong
    assert release.answer("deployed").decision.words == "GO (1 of 1)"
    assert not release.answer("deployed").good
    signed = [f"{role.replace('_', ' ')}: has not signed" for role in OWNERS]
    assert release.answer("deployed", signed=True).against == (*wrong, *signed)


@pytest.mark.parametrize(
    ("minutes", "against"),
    [
        (0, ()),
        (59, ()),
        (60, ("testing.uat: its PASS counts until 2026-11-26 13:00 UTC, and has to until 2026-11-26 13:00 UTC",)),
    ],
)
def test_what_runs_out_before_the_promotion_is_over_is_against_it(
    tmp_path: Path, minutes: int, against: tuple[str, ...]
) -> None:
    release = released(tmp_path, "testing.uat", "documentation.user")
    fields = {"stated": {"valid_until": "2026-11-26T13:00:00+00:00"}}
    failed = finding("documentation.user", "FAIL", fields=fields)
    release.enter(record("first", finding("testing.uat", fields=fields), failed))
    answered = answer(release.question("pre-deploy"), signed=False, until=NOW + minutes * MINUTE)
    assert answered.against == against


def test_the_summary_says_what_was_asked(tmp_path: Path) -> None:
    release = released(tmp_path, "security.admin_mfa")
    release.enter(record("first", finding("security.admin_mfa")))
    (entered,) = release.ledger.records
    assert release.answer("pre-deploy").summary() == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "ledger of r1", "digest": {"sha256": release.ledger.digest}}],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": "https://golive.invalid/verify"},
            "timeVerified": "2026-11-26T12:00:00Z",
            "resourceUri": "urn:golive:release:r1",
            "policy": {"uri": "checklist.toml", "digest": {"sha256": POLICY}},
            "inputAttestations": [{"uri": "first", "digest": {"sha256": entered.sha256}}],
            "verificationResult": "PASSED",
            "verifiedLevels": ["GOLIVE_PRE_DEPLOY"],
            "slsaVersion": "1.0",
        },
    }


def test_a_signature_is_expected_to_be_of_the_question(tmp_path: Path) -> None:
    release = released(tmp_path)
    asked = release.question("close")
    assert asked.expected == Expected(asked.ledger, "close", POLICY, release.roles_sha256, NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"documents": {"gone.md": ONE, "plan.md": ONE}},
        {"stated": {"documents": {"docs": {"documents": {"plan.md": ONE}}}}},
        {"other": 1, "more": {"why": "x"}, "stated": {"documents": {"plan.md": ONE}}},
    ],
)
def test_a_pass_that_rests_on_a_document_which_changed_is_stale(tmp_path: Path, fields: dict[str, Any]) -> None:
    release = released(tmp_path, "testing.uat")
    release.enter(record("first", finding("testing.uat", fields=fields)))
    (tmp_path / "plan.md").write_bytes(b"one")
    (before, *_) = release.answer().items
    assert before.outcome == "PASS"
    (tmp_path / "plan.md").write_bytes(b"two")
    (after, *_) = release.answer().items
    assert before.finding is not None
    words = "plan.md changed since it was looked at"
    stale = {"outcome": "UNKNOWN", "reason": "stale_evidence", "message": words}
    assert after == replace(before, finding=before.finding.model_copy(update=stale), remark=words)


@pytest.mark.parametrize(
    ("outcome", "fields"),
    [
        ("FAIL", {"documents": {"plan.md": ONE}}),
        ("PASS", {"documents": {"plan.md": TWO}}),
        ("PASS", {"documents": {"plan.md": 1}}),
        ("PASS", {"documents": "plan.md", "papers": {"plan.md": ONE}}),
        ("PASS", {"documents": {".": ONE}}),
    ],
)
def test_whatever_else_is_said_of_documents_changes_nothing(
    tmp_path: Path, outcome: str, fields: dict[str, Any]
) -> None:
    release = released(tmp_path, "testing.uat")
    (tmp_path / "plan.md").write_bytes(b"two")
    release.enter(record("first", finding("testing.uat", outcome, fields=fields)))
    (stands, *_) = release.answer().items
    assert stands == release.answer().standing.items["testing.uat"]
    assert stands.outcome == outcome
