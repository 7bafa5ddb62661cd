"""golive verify: four roles, four keys, of exactly this ledger, or no, and why, in one line each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from golive.errors import BadInput
from golive.evidence import chain, intoto, signoff
from golive.evidence.chain import Broken
from golive.evidence.envelope import seal
from golive.evidence.gates import GATES, required
from golive.evidence.roles import OWNERS
from golive.report import of_ledger
from selftests.ledgers import CHECKLIST, Release, finding, only, record
from selftests.people import NOW
from selftests.unit.evidence.refusals import said

SIGN_OFF = [f"signoff.{role}" for role in OWNERS]
SMALL = only(CHECKLIST, ["smoke.health", *SIGN_OFF])
SECOND = timedelta(seconds=1)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    found = Release(tmp_path, SMALL)
    found.enter(record("first", finding("smoke.health")))
    return found


def sign(release: Release, *roles: str, **keys: CryptoSigner) -> None:
    expected = release.question().expected
    for role in OWNERS:
        if role in (roles or OWNERS):
            signoff.sign(expected, role, "GO (1 of 1)", keys.get(role, release.people.signers[role]))


def against(release: Release, **changes: object) -> list[str]:
    found = release.answer(signed=True, **changes)  # type: ignore[arg-type] # a gate or a moment
    assert not found.good
    return list(found.against)


def test_four_roles_with_four_keys_are_a_go(release: Release) -> None:
    sign(release)
    found = release.answer(signed=True)
    assert (found.good, found.decision.words, found.against) == (True, "GO (5 of 5)", ())


def test_three_of_four_are_none(release: Release) -> None:
    sign(release, "engineering_lead", "product_owner", "security_officer")
    assert against(release) == ["operations manager: has not signed"]
    assert release.answer().decision.words == "INCOMPLETE (4 of 5; 1 UNKNOWN)"


def test_one_key_in_two_places_counts_in_neither(release: Release) -> None:
    sign(release, product_owner=release.people.signers["engineering_lead"])
    (found,) = against(release)
    assert found.startswith("product owner: signed by Lead One (engineering lead")
    assert found.endswith("whose key is another role's")


def test_a_strangers_signature_is_none(release: Release) -> None:
    sign(release, product_owner=CryptoSigner.generate_ed25519())
    assert "binds to no role" in against(release)[0]


def test_a_copy_of_another_roles_signature_is_none(release: Release) -> None:
    sign(release)
    one, other = (signoff.place(release.ledger, "whole", role) for role in OWNERS[:2])
    one.write_bytes(other.read_bytes())
    assert against(release)[0].startswith("engineering lead: signed by Owner Two")


def test_a_record_put_in_afterwards_voids_the_sign_off(release: Release) -> None:
    sign(release)
    release.enter(record("second", finding("smoke.health")))
    assert against(release) == [f"{role.replace('_', ' ')}: the ledger changed since it was signed" for role in OWNERS]


def test_a_cut_tail_is_seen_by_the_sign_off(release: Release) -> None:
    release.enter(record("second", finding("smoke.health")))
    sign(release)
    lines = release.ledger.path.read_text().splitlines(keepends=True)
    release.ledger.path.write_text(lines[0])
    found = against(release)
    assert found[0].startswith("records/second.json lies in the ledger")
    (release.ledger.folder / "records" / "second.json").unlink()
    cut, *others = against(release)
    roles = ", ".join(f"the {role.replace('_', ' ')} under gate whole" for role in sorted(OWNERS))
    assert cut == f"records were removed or rewritten since they were signed by {roles}"
    assert others == [f"{role.replace('_', ' ')}: the ledger changed since it was signed" for role in OWNERS]


def rewrite(release: Release) -> None:
    """Take out the newest record as if it had never been, and put in another: a whole chain."""
    lines = release.ledger.path.read_text().splitlines(keepends=True)
    (release.ledger.folder / release.ledger.links[-1].file).unlink()
    release.ledger.path.write_text("".join(lines[:-1]))
    release.enter(record("third", finding("smoke.health")))


def test_a_record_removed_between_two_signatures_is_seen_by_the_first(release: Release) -> None:
    release.enter(record("second", finding("smoke.health", "UNKNOWN")))
    sign(release, "product_owner")
    rewrite(release)
    cut = "records were removed or rewritten since they were signed by the product owner under gate whole"
    for role in ("engineering_lead", "product_owner"):
        with pytest.raises(BadInput) as raised:
            sign(release, role)
        assert said(raised.value) == [(cut, "chain.jsonl", 0, "", "restore it from version control")]
    assert against(release)[0] == cut
    assert against(release)[1:] == [
        "engineering lead: has not signed", "product owner: the ledger changed since it was signed",
        "security officer: has not signed", "operations manager: has not signed",
    ]  # fmt: skip


def test_a_record_removed_after_an_earlier_gate_was_signed_is_seen_at_every_later_one(release: Release) -> None:
    release.enter(record("second", finding("smoke.health")))
    expected = release.question("deployed").expected
    signoff.sign(expected, "product_owner", "GO (1 of 1)", release.people.signers["product_owner"])
    release.enter(record("more", finding("smoke.health")))
    assert release.answer("deployed").good, "a chain that was only added to holds every head that was signed"
    rewrite(release)
    assert release.answer("deployed").good
    lines = release.ledger.path.read_text().splitlines(keepends=True)
    release.ledger.path.write_text(lines[0])
    for name in ("second", "third"):
        (release.ledger.folder / "records" / f"{name}.json").unlink()
    words = "records were removed or rewritten since they were signed by the product owner under gate deployed"
    assert release.answer("deployed").against == (words,)
    assert against(release)[0] == words


def test_a_signature_that_proves_nothing_or_is_of_another_release_shows_no_cut(release: Release) -> None:
    place = signoff.place(release.ledger, "deployed", "product_owner")
    place.parent.mkdir(parents=True)
    for text in ("{", seal_of(release, {"release": "r2"}), seal_of(release, {"target": "other"})):
        place.write_text(text)
        assert signoff.rewritten(release.ledger) == ""
    place.write_text(seal_of(release, {"ledger": chain.FIRST}))
    assert signoff.rewritten(release.ledger) == "", "the first head is of every chain"
    place.write_text(seal_of(release, {}))
    assert signoff.rewritten(release.ledger).endswith("signed by the product owner under gate deployed")


def seal_of(release: Release, changes: dict[str, str]) -> str:
    """A product owner's signature of a head that no chain has."""
    says = {
        "target": "bare", "release": "r1", "gate": "deployed", "role": "product_owner", "decision": "GO",
        "ledger": "a" * 64, "checklist": "b" * 64, "roles": "c" * 64, "signed_at": NOW.isoformat(),
    }  # fmt: skip
    return seal(json.dumps(says | changes).encode(), signoff.SIGN_OFF, release.people.signers["product_owner"])


def test_another_checklist_or_role_map_voids_it(release: Release) -> None:
    sign(release)
    roles = release.folder / "roles.toml"
    roles.write_text(roles.read_text() + "# one more line\n")
    assert against(release)[0].endswith("the role map changed since it was signed")
    asked = replace(release.question(), checklist_sha256="d" * 64)
    assert signoff.signatures(asked.expected)[0].refused == "the checklist changed since it was signed"


def test_a_record_of_another_checklist_is_none(release: Release) -> None:
    release.enter(record("other", finding("smoke.health"), digests={"checklist": "e" * 64, "target": "t" * 64}))
    assert "link 2: its run used another checklist" in against(release)


def test_signing_before_the_run_ended_or_in_the_future_is_none(release: Release) -> None:
    early = replace(release.question(), now=NOW - SECOND).expected
    for role in OWNERS:
        signoff.sign(early, role, "GO", release.people.signers[role])
    assert against(release)[0].endswith("signed before the last run had ended")
    late = replace(release.question(), now=NOW + SECOND).expected
    for role in OWNERS:
        signoff.sign(late, role, "GO", release.people.signers[role])
    assert against(release)[0].endswith("which is yet to come")
    assert release.answer(signed=True, now=NOW + SECOND).good


def test_a_signature_under_another_gate_is_none(release: Release) -> None:
    sign(release)
    for role in OWNERS:
        path = signoff.place(release.ledger, "deployed", role)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(signoff.place(release.ledger, "whole", role).read_bytes())
    assert "of gate whole" in against(release, gate="deployed")[0]


def test_a_record_of_another_release_is_refused_on_the_way_in_and_when_it_is_smuggled(release: Release) -> None:
    other = record("other", finding("smoke.health"))
    other = other.model_copy(update={"identity": other.identity.model_copy(update={"release": "r2"})})
    with pytest.raises(BadInput, match="the run is of release 'r2', the ledger of 'r1'"):
        release.enter(other)
    target = release.folder / "ledger" / "r2"
    release.ledger.folder.rename(target)
    with pytest.raises(Broken, match="link 1: its record is of bare r1"):
        _ = replace(release.ledger, folder=target, release="r2").records


def test_a_record_that_the_suite_did_not_sign_is_refused(release: Release) -> None:
    with pytest.raises(BadInput, match="not by a key of the suite"):
        release.enter(record("other", finding("smoke.health")), by="engineering_lead")
    assert len(release.ledger.links) == 1


def test_a_run_is_put_in_once_and_with_its_own_journal(release: Release) -> None:
    run = release.folder / "runs" / "first"
    with pytest.raises(BadInput, match="is in the ledger already"):
        release.ledger.enter(run, release.people.signers["suite"], NOW)
    (run / "record.jsonl").write_text("x")
    with pytest.raises(BadInput, match="is not the journal that the record was closed with"):
        release.ledger.enter(run, release.people.signers["suite"], NOW)


def test_a_statement_that_expires_or_whose_document_changes_is_a_no(tmp_path: Path) -> None:
    release = Release(tmp_path, only(CHECKLIST, ["testing.uat", *SIGN_OFF]))
    plan = tmp_path / "plan.md"
    plan.write_text("one")
    fields = {
        "valid_until": (NOW + 60 * SECOND).isoformat(),
        "documents": {"plan.md": hashlib.sha256(b"one").hexdigest(), "elsewhere.md": "0" * 64},
    }
    release.enter(record("first", finding("testing.uat", fields={"stated": fields})))
    sign(release)
    assert release.answer(signed=True).good
    assert release.answer(signed=True, now=NOW + 59 * SECOND).good
    late = release.answer(signed=True, now=NOW + 60 * SECOND)
    assert (late.good, late.decision.words) == (False, "INCOMPLETE (4 of 5; 1 UNKNOWN)")
    assert late.items[0].remark.endswith("counted until 2026-11-26 12:01 UTC")
    plan.write_text("two")
    changed = release.answer(signed=True)
    assert (changed.good, changed.items[0].remark) == (False, "plan.md changed since it was looked at")


def test_the_summary_is_a_statement_about_the_ledger(release: Release) -> None:
    sign(release)
    good = release.answer(signed=True).summary()
    assert good["predicate"]["verificationResult"] == "PASSED"
    assert good["subject"] == [{"name": "ledger of r1", "digest": {"sha256": release.ledger.digest}}]
    assert good["predicate"]["verifiedLevels"] == ["GOLIVE_WHOLE"]
    bad = release.answer("pre-deploy", signed=True).summary()
    assert (bad["predicate"]["verificationResult"], bad["predicate"]["verifiedLevels"]) == ("FAILED", ["FAILED"])


def test_whatever_did_not_pass_is_among_the_failed() -> None:
    outcomes = ["PASS", "FAIL", "UNKNOWN", "WAIVED", "NOT APPLICABLE"]
    found = record("a", *(finding(f"smoke.i{n}", outcome) for n, outcome in enumerate(outcomes)))
    predicate = intoto.test_result(found, "0" * 64)["predicate"]
    assert predicate["passedTests"] == ["smoke.i0"]
    assert predicate["failedTests"] == ["smoke.i1", "smoke.i2", "smoke.i3", "smoke.i4"]
    assert predicate["result"] == "FAILED"
    waived = record("a", finding("smoke.a"), finding("smoke.b", "WAIVED"))
    assert intoto.test_result(waived, "0" * 64)["predicate"]["result"] == "WARNED"


@pytest.mark.parametrize(
    "change", [{"_type": "x"}, {"subject": []}, {"predicateType": "x"}, {"predicate": {"nope": 1}}, {"more": 1}]
)
def test_what_is_no_statement_is_refused(change: dict[str, object]) -> None:
    statement = intoto.test_result(record("a", finding("smoke.a")), "0" * 64)
    with pytest.raises(intoto.Invalid):
        intoto.check(statement | change, intoto.TEST_RESULT)


def test_the_page_of_a_gate_shows_who_signed(release: Release) -> None:
    sign(release, "engineering_lead", "product_owner")
    page = of_ledger.render(release.answer(signed=True))
    assert "INCOMPLETE (3 of 5; 2 UNKNOWN)" in page
    assert "Lead One (engineering lead, key" in page
    assert page.count("has not signed") >= 2


def test_gates_leave_no_item_out() -> None:
    named = {item for gate in GATES if gate != "whole" for item in required(gate, CHECKLIST)}
    without = {item.id for item in CHECKLIST.items} - named
    assert {item.split(".")[0] for item in without} == {"rollback"}
    with pytest.raises(BadInput) as raised:
        required("predeploy", CHECKLIST)
    gates = "did you mean 'pre-deploy'? one of: pre-deploy, deployed, promote-10, promote-50, promote-100, close, whole"
    assert said(raised.value) == [("unknown gate 'predeploy'", "", 0, "--gate", gates)]


def test_an_empty_ledger_decides_nothing(tmp_path: Path) -> None:
    empty = Release(tmp_path, SMALL)
    assert empty.ledger.digest == chain.FIRST
    assert empty.answer().decision.words == "INCOMPLETE (0 of 5; 5 UNKNOWN)"
    assert not empty.answer(signed=True).good
