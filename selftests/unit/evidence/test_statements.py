"""Statements are strict, bound to keys, and what is wrong in one is named by file, line and field."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from golive import checklist as checklists
from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence import roles as role_maps
from golive.evidence.envelope import beside
from golive.evidence.home import Home
from golive.evidence.statements import Attestation, Waiver, read
from selftests.people import NOW, People, public, stamp

ROOT = Path(__file__).parents[3]
CHECKLIST = checklists.load(ROOT / "checklist.toml")


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def home(people: People) -> Home:
    return Home(people.folder, people.folder, people.roles)


def complaint(people: People) -> str:
    with pytest.raises(BadInput) as raised:
        home(people).waivers(CHECKLIST, "bare")
    return str(raised.value)


def test_a_signed_waiver_says_whose_keys_are_under_it(people: People) -> None:
    people.waiver(by=("operations_manager", "security_officer"))
    (waiver,) = home(people).waivers(CHECKLIST, "bare")
    assert [signer.role for signer in waiver.signers] == ["operations_manager", "security_officer"]
    assert waiver.refused == ""
    assert waiver.says.until == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"item": "performance.resource"}, r"w.yaml:1: item: is not an item.*did you mean 'performance.resources'"),
        ({"item": "functional.caiso_blocked"}, r"w.yaml:1: item: cannot be waived"),
        ({"item": "signoff.product_owner"}, r"cannot be waived"),
        ({"item": "preflight.database_backup"}, r"cannot be waived"),
        ({"item": "success.caiso_denied"}, r"cannot be waived"),
        ({"target": "other"}, r"w.yaml:2: target: is for target 'other'"),
        ({"why": None}, r"why: required field is missing"),
        ({"why": "short"}, r"w.yaml:4: why:"),
        ({"whi": "the node pool grows"}, r"w.yaml:11: whi: unknown field\n.*did you mean 'why'"),
        ({"role": "engineer"}, r"w.yaml:7: role:"),
        ({"author": " manager  FOUR "}, r"two people"),
        ({"author": "Manager\u200b Four"}, r"two people"),
        ({"author": "\uff2danager Four"}, r"two people"),
        ({"author": " "}, r"w.yaml:5: author: must hold a word"),
        ({"ticket": "-"}, r"w.yaml:8: ticket: must hold a word"),
        ({"why": "          "}, r"w.yaml:4: why: must hold a word"),
        ({"until": stamp(NOW + timedelta(days=29, seconds=1))}, r"longer than 30 days"),
        ({"until": "2026-11-27T12:00:00"}, r"w.yaml:10: until: must be in UTC"),
        ({"until": "2026-11-27T13:00:00+01:00"}, r"must be in UTC"),
        ({"until": "soon"}, r"w.yaml:10: until:"),
        ({"until": stamp(NOW - timedelta(days=2))}, r"until must be after created"),
    ],
)
def test_what_no_waiver_may_say(people: People, changes: dict[str, str], says: str) -> None:
    people.waiver(**changes)
    with pytest.raises(BadInput, match=f"(?s){says}"):
        home(people).waivers(CHECKLIST, "bare")


@pytest.mark.parametrize("figure", ["-0.1", "-inf", "inf", "nan"])
def test_what_no_exercise_can_have_measured(people: People, figure: str) -> None:
    people.attestation(measured={"rto_minutes": figure}, by=())
    with pytest.raises(BadInput, match=r"a\.yaml:\d+: measured\.rto_minutes: "):
        home(people).attestations(CHECKLIST, "bare")


def test_thirty_days_to_the_second_are_allowed_also_over_the_29_of_february(people: People) -> None:
    people.waiver("leap", created="2028-01-30T12:00:00Z", until="2028-02-29T12:00:00Z")
    assert len(home(people).waivers(CHECKLIST, "bare")) == 1
    people.waiver("leap", created="2028-01-30T12:00:00Z", until="2028-02-29T12:00:01Z", by=())
    assert "longer than 30 days" in complaint(people)
    people.waiver("leap", created="2027-01-30T12:00:00Z", until="2027-03-01T12:00:00Z", by=())
    beside(people.folder / "waivers" / "leap.yaml").unlink()
    assert len(home(people).waivers(CHECKLIST, "bare")) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "w.yaml:1: holds no fields"),
        ("item: a\nitem: b\n", "w.yaml:2: item: stands here twice"),
        ("item: &x a\nwhy: *x\n", "anchors, aliases and tags"),
        ("item: !!str a\n", "anchors, aliases and tags"),
        ("item: [a\n", "is not YAML"),
        ("? [a]\n: b\n", "must be a word"),
        ("", "holds no fields"),
    ],
)
def test_yaml_that_a_reviewer_could_misread_is_refused(people: People, text: str, says: str) -> None:
    (people.folder / "waivers" / "w.yaml").write_text(text)
    assert says in complaint(people)


def test_texts_stay_what_they_are(people: People) -> None:
    people.waiver(release="1.10", ticket="no")
    (waiver,) = home(people).waivers(CHECKLIST, "bare")
    assert (waiver.says.release, waiver.says.ticket) == ("1.10", "no")


def test_files_that_are_none_of_this_are_named(people: People) -> None:
    (people.folder / "waivers" / "notes.txt").write_text("")
    (people.folder / "waivers" / "gone.yaml.dsse.json").write_text("{}")
    found = complaint(people)
    assert "notes.txt: is no statement" in found
    assert "gone.yaml.dsse.json: signs a file that is not there" in found
    assert found.count("try:") == 1


def test_every_problem_of_every_file_is_named_at_once(people: People) -> None:
    people.waiver("a", why="x", by=())
    people.waiver("b", ticket=None, by=())
    assert {"a.yaml" in complaint(people), "b.yaml" in complaint(people)} == {True}


def test_two_waivers_of_one_item_are_one_too_many(people: People) -> None:
    people.waiver("a")
    people.waiver("b")
    assert "b.yaml:1: item: is waived by a.yaml already" in complaint(people)


def test_an_attestation_of_what_is_measured_applies_to_nothing(people: People) -> None:
    people.attestation(item="smoke.health")
    with pytest.raises(BadInput, match=r"a.yaml:1: item: is measured"):
        home(people).attestations(CHECKLIST, "bare")


def test_unsigned_changed_and_strangers_statements_count_for_nothing(people: People) -> None:
    people.attestation("unsigned", by=())
    changed = people.attestation("changed")
    changed.write_text(changed.read_text().replace("support was", "support will be"))
    stranger = People(people.folder / "elsewhere")
    people.attestation("stranger", by=())
    people.signers["product_owner"] = stranger.signers["suite"]
    people.attestation("stranger", by=("product_owner",))
    found = {each.path.stem: each.refused for each in read(people.folder, Attestation, people.roles)}
    assert found["unsigned"] == "nobody has signed it"
    assert found["changed"] == "it changed since it was signed"
    assert "binds to no role" in found["stranger"]


def test_a_signature_of_a_waiver_is_none_of_an_attestation(people: People) -> None:
    waiver = people.waiver()
    path = people.attestation(by=())
    beside(path).write_text(beside(waiver).read_text())
    (found,) = read(people.folder, Attestation, people.roles)
    assert "it signs 'application/vnd.golive.waiver+yaml'" in found.refused


def test_signing_anew_keeps_the_earlier_signature_and_never_of_another_text(people: People) -> None:
    path = people.waiver(by=("operations_manager", "operations_manager"))
    assert len(json.loads(beside(path).read_text())["signatures"]) == 1
    with pytest.raises(Exception, match="changed since it was signed"):
        people.waiver(ticket="OPS-2")
    assert [len(each.signers) for each in read(people.folder, Waiver, people.roles)] == [0]


def test_one_key_speaks_for_one_role(people: People) -> None:
    people.bind(f'\n[[key]]\nrole = "suite"\nname = "Two"\npublic = "{public(people.signers["product_owner"])}"\n')
    with pytest.raises(BadInput, match=r"roles.toml:\d+: key.6.public: this key speaks for somebody already"):
        role_maps.read(people.folder / "roles.toml")


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ('\n[[key]]\nrole = "boss"\nname = "X"\npublic = ""\n', r"key\.6\.role"),
        ('\n[[key]]\nrole = "suite"\nname = "X"\npublic = "AAAA"\n', r"public: is no ed25519 public key: 3 bytes"),
        ('\n[[key]]\nrole = "suite"\nname = "X"\npublic = "%"\n', r"public: is not base64"),
        ('\n[[key]]\nrole = "suite"\nname = "X"\npublik = "AAAA"\n', r"publik: unknown field"),
        ('\n[roles]\nname = "X"\n', r"holds only \[\[key\]\] tables"),
    ],
)
def test_a_wrong_role_map_is_refused_by_line(people: People, extra: str, says: str) -> None:
    people.bind(extra)
    with pytest.raises(BadInput, match=f"roles.toml:\\d+: .*{says}"):
        role_maps.read(people.folder / "roles.toml")


def test_base64_with_used_padding_bits_is_not_canonical() -> None:
    assert keys.canonical_base64("AAA=") == b"\0\0"
    for text in ("AAB=", "AA=A", "AAA", "AA A=", "AAA=\n", "AA--"):
        with pytest.raises(ValueError, match="base64"):
            keys.canonical_base64(text)
