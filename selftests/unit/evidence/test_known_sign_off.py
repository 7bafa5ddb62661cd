"""The sign-off: what is signed, who is known by it, and each refusal word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from golive.checklist import Owner
from golive.evidence import signoff
from golive.evidence.envelope import opened, seal
from golive.evidence.roles import OWNERS
from golive.evidence.signoff import SIGN_OFF, Checked, Expected, SignOff
from selftests.ledgers import CHECKLIST, POLICY, Release, finding, only, record
from selftests.people import NOW

ITEMS = only(CHECKLIST, ["smoke.health"])
LEAD: Owner = "engineering_lead"
SECOND = timedelta(seconds=1)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    found = Release(tmp_path, ITEMS)
    found.enter(record("first", finding("smoke.health"), at=NOW - SECOND))
    return found


def signed(release: Release, /, **changes: object) -> SignOff:
    """A sign-off by the engineering lead with these fields changed, in its place."""
    path = signoff.sign(release.question().expected, LEAD, "GO", release.people.signers[LEAD])
    says = SignOff.model_validate_json(opened(path.read_text(), SIGN_OFF, release.people.roles).payload)
    says = says.model_copy(update=changes)
    path.write_text(seal(says.model_dump_json().encode(), SIGN_OFF, release.people.signers[LEAD]), encoding="utf-8")
    return says


def lead(release: Release, expected: Expected | None = None) -> Checked:
    return signoff.signatures(expected or release.question().expected)[0]


def test_all_that_a_decision_rests_on_is_signed(release: Release) -> None:
    expected = replace(release.question().expected, now=NOW + timedelta(microseconds=5))
    path = signoff.sign(expected, LEAD, "NO-GO", release.people.signers[LEAD])
    assert path == release.folder / "ledger" / "r1" / "signatures" / "whole" / "engineering_lead.dsse.json"
    found = opened(path.read_text(encoding="utf-8"), "application/vnd.golive.sign-off+json", release.people.roles)
    assert json.loads(found.payload) == {
        "target": "bare", "release": "r1", "gate": "whole", "role": "engineering_lead", "decision": "NO-GO",
        "ledger": release.ledger.digest, "checklist": POLICY, "roles": release.roles_sha256,
        "signed_at": "2026-11-26T12:00:00Z",
    }  # fmt: skip


def test_who_signed_is_known_by_the_role_map(release: Release) -> None:
    signed(release)
    key = release.people.signers[LEAD].public_key.keyid
    words = f"Lead One (engineering lead, key {key[:12]}), 2026-11-26 12:00 UTC"
    absent = tuple(Checked(role, "has not signed") for role in OWNERS[1:])
    assert signoff.signatures(release.question().expected) == (Checked(LEAD, "", words, key), *absent)
    assert signoff.problems(signoff.signatures(release.question().expected)) == [
        "product owner: has not signed", "security officer: has not signed", "operations manager: has not signed"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "other"}, "what is signed is other r1"),
        ({"release": "r2"}, "what is signed is bare r2"),
        ({"ledger": "0" * 64}, "the ledger changed since it was signed"),
        ({"checklist": "0" * 64}, "the checklist changed since it was signed"),
        ({"roles": "0" * 64}, "the role map changed since it was signed"),
        ({"signed_at": NOW + SECOND}, "signed at 2026-11-26 12:00 UTC, which is yet to come"),
        ({"signed_at": NOW - 2 * SECOND}, "signed before the last run had ended"),
    ],
)
def test_a_signature_of_something_else_is_stale(release: Release, changes: dict[str, object], words: str) -> None:
    signed(release, **changes)
    assert lead(release) == Checked(LEAD, words, stale=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "product_owner"}, "what is signed is the product owner's, of gate whole"),
        ({"gate": "close"}, "what is signed is the engineering lead's, of gate close"),
    ],
)
def test_a_signature_for_another_place_never_was_good(release: Release, changes: dict[str, object], words: str) -> None:
    signed(release, **changes)
    assert lead(release) == Checked(LEAD, words)


def two_signers(release: Release, path: Path) -> str:
    payload = opened(path.read_text(), SIGN_OFF, release.people.roles).payload
    return seal(payload, SIGN_OFF, release.people.signers["suite"], path.read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lambda *_: '{"é": 1}', "an envelope has exactly the fields payload, payloadType, signatures"),
        (
            lambda release, _: seal(b"{}", SIGN_OFF, release.people.signers[LEAD]),
            "9 validation errors for SignOff",
        ),
        (lambda release, _: seal(b"{}", "other", release.people.signers[LEAD]), f"it signs 'other', not '{SIGN_OFF}'"),
        (two_signers, "signed by {}, whose key is another role's"),
    ],
)
@pytest.mark.usefixtures("ascii_locale")
def test_what_is_no_signature_of_the_role_says_why(
    release: Release, text: Callable[[Release, Path], str], words: str
) -> None:
    signed(release)
    path = signoff.place(release.ledger, "whole", LEAD)
    path.write_text(text(release, path), encoding="utf-8")
    assert lead(release) == Checked(LEAD, words.format(release.people.roles.keys[0].words))


def test_a_signature_at_the_second_at_which_the_last_run_ended_holds(release: Release) -> None:
    half = timedelta(milliseconds=500)
    release.enter(record("second", finding("smoke.health"), at=NOW + half), record("third", at=NOW - SECOND))
    signed(release)
    assert lead(release).refused == ""
    signed(release, signed_at=NOW - SECOND)
    assert lead(release).refused == "signed before the last run had ended"


def test_of_an_empty_ledger_no_run_has_to_have_ended(tmp_path: Path) -> None:
    empty = Release(tmp_path, ITEMS)
    signed(empty)
    assert lead(empty).refused == ""
