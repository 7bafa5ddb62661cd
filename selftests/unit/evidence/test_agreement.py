"""A record that does not say what its run's journal does is not put into the ledger, and each difference is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.errors import BadInput
from golive.evidence.ledger import read_run
from golive.evidence.record import BEGUN, CLOSED, Record
from selftests.ledgers import HIDDEN, RED, close, finding, journal_of, record, waiver
from selftests.people import NOW
from selftests.unit.evidence.refusals import said

NEXT = "bring record.json and record.jsonl back as the run closed them, or run it again"
HEALTH, KAFKA, RESOURCES = "smoke.health", "smoke.kafka", "performance.resources"
END = NOW + timedelta(hours=1)
RUN = record(
    "one", finding(HEALTH, fields={"pods": 3}), finding(KAFKA, "FAIL"), finding(RESOURCES, "WAIVED", until=END),
    waivers=[waiver(RESOURCES, END)],
)  # fmt: skip
Change = Callable[[dict[str, Any]], object]


def against(run: Path) -> list[tuple[str, str]]:
    """Field and message of each difference; every one names the record and what to do next."""
    try:
        read_run(run)
    except BadInput as error:
        rows = said(error)
        assert {(file, line, hint) for _, file, line, _, hint in rows} == {("record.json", 0, NEXT)}
        return [(field, message) for message, _, _, field, _ in rows]
    return []


def edited(run: Path, change: Change, found: Record = RUN) -> list[tuple[str, str]]:
    """What is said of a record that was edited after its run had closed it."""
    close(found, run)
    data = json.loads((run / "record.json").read_text())
    change(data)
    (run / "record.json").write_text(json.dumps(data))
    return against(run)


def words(journal: str, record: str) -> str:
    return f"the journal says {journal}, the record says {record}"


def test_a_run_as_it_was_closed_agrees(tmp_path: Path) -> None:
    assert edited(tmp_path, lambda _: None) == []
    assert read_run(tmp_path)[1] == RUN


def test_a_journal_says_all_that_its_record_does() -> None:
    assert {*BEGUN, *CLOSED, "findings", "journal_sha256"} == set(Record.model_fields)
    assert len(BEGUN) + len(CLOSED) == len({*BEGUN, *CLOSED})


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda r: r["findings"][1].update(outcome="PASS", message=""), [(KAFKA, words("FAIL", "PASS"))]),
        (lambda r: r["findings"][1].update(outcome="NOT APPLICABLE"), [(KAFKA, words("FAIL", "NOT APPLICABLE"))]),
        (lambda r: r["findings"][1].update(outcome="UNKNOWN", reason="timeout"),
         [(KAFKA, words("FAIL", "UNKNOWN timeout"))]),
        (lambda r: r["findings"][0].update(outcome="FAIL"), [(HEALTH, words("PASS", "FAIL"))]),
        (lambda r: r["findings"][1].update(message="a glitch"),
         [(f"{KAFKA}.message", words(f'"{RED}"', '"a glitch"'))]),
        (lambda r: r["findings"][1].update(message="ä" * 58),
         [(f"{KAFKA}.message", words(f'"{RED}"', f'"{"ä" * 58}"'))]),
        (lambda r: r["findings"][0]["evidence"][0]["fields"].update(pods=4),
         [(f"{HEALTH}.evidence", words('[{"subject": "Seen", "fields": {"pods": 3}}]',
                                       '[{"subject": "Seen", "fields": {"pods": 4}}]'))]),
        (lambda r: r["findings"][0].update(started="2026-11-27T00:00:00+00:00"),
         [(f"{HEALTH}.started", words(f'"{NOW.isoformat()}"', '"2026-11-27T00:00:00+00:00"'))]),
        (lambda r: r["findings"][0]["versions"].update(gateway="r2"),
         [(f"{HEALTH}.versions.gateway", words("nothing of it", '"r2"'))]),
        (lambda r: r["findings"].pop(1), [(KAFKA, words("FAIL", "nothing of it"))]),
        (lambda r: r["findings"][1].update(item="smoke.s3"),
         [("smoke.s3", words("nothing of it", "FAIL")), (KAFKA, words("FAIL", "nothing of it"))]),
        (lambda r: r["findings"].append(r["findings"][0]), [(HEALTH, words("one finding", "two"))]),
    ],
)  # fmt: skip
def test_a_finding_that_was_edited_is_named(tmp_path: Path, change: Change, rows: list[tuple[str, str]]) -> None:
    assert edited(tmp_path, change) == rows


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda r: r["findings"][2].update(outcome="PASS"), [(RESOURCES, words("FAIL", "PASS"))]),
        (lambda r: r["findings"][2].update(message=f"hides {HIDDEN}"),
         [(f"{RESOURCES}.message",
           words('"waived until 2026-11-26 13:00 UTC by x (x); hides FAIL: it…', f'"hides {HIDDEN}"'))]),
        (lambda r: r["findings"][1].update(outcome="WAIVED"), [(KAFKA, words("FAIL", "WAIVED"))]),
        (lambda r: r["findings"][0].update(outcome="WAIVED"), [(HEALTH, words("PASS", "WAIVED"))]),
    ],
)  # fmt: skip
def test_only_what_a_waiver_did_may_be_waived(tmp_path: Path, change: Change, rows: list[tuple[str, str]]) -> None:
    assert edited(tmp_path, change) == rows


@pytest.mark.parametrize("changes", [{"item": KAFKA}, {"standing": "expired"}, {"hides": "FAIL: something smaller"}])
def test_a_waiver_of_another_thing_waives_nothing_even_where_the_journal_has_it_too(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    other = waiver(RESOURCES, END).model_copy(update=changes)
    found = record("one", finding(RESOURCES, "WAIVED", until=END), waivers=[other])
    assert edited(tmp_path, lambda _: None, found) == [(RESOURCES, words("FAIL", "WAIVED"))]


def test_two_waivers_of_one_item_are_not_both_used(tmp_path: Path) -> None:
    found = record("one", finding(RESOURCES, "WAIVED", until=END), waivers=[waiver(RESOURCES, END)] * 2)
    assert edited(tmp_path, lambda _: None, found) == [(RESOURCES, words("FAIL", "WAIVED"))]


def test_a_pass_under_a_waiver_stays_a_pass(tmp_path: Path) -> None:
    found = record("one", finding(RESOURCES), waivers=[waiver(RESOURCES, END)])
    assert edited(tmp_path, lambda _: None, found) == []


@pytest.mark.parametrize(
    ("change", "field", "was", "became"),
    [
        (lambda r: r.update(run="two"), "run", '"one"', '"two"'),
        (lambda r: r.update(target="other"), "target", '"bare"', '"other"'),
        (lambda r: r.update(started="x"), "started", '"2026-11-26T11:59:00+00:00"', '"x"'),
        (lambda r: r.update(ended="x"), "ended", '"2026-11-26T12:00:00+00:00"', '"x"'),
        (lambda r: r.update(interrupted=True), "interrupted", "false", "true"),
        (lambda r: r.update(command=["pytest", "-x"]), "command", '["pytest"]', '["pytest", "-x"]'),
        (lambda r: r["identity"].update(release="r2"), "identity.release", '"r1"', '"r2"'),
        (lambda r: r["identity"]["builds"].update(gateway="r2"), "identity.builds.gateway", '"r1"', '"r2"'),
        (lambda r: r["identity"].update(cluster_uid="a"), "identity.cluster_uid", '""', '"a"'),
        (lambda r: r["digests"].update(target="u" * 3), "digests.target", f'"{"t" * 58}…', '"uuu"'),
        (lambda r: r["decision"].update(verdict="GO"), "decision.verdict", '"NO-GO"', '"GO"'),
        (lambda r: r["required"].pop(0), "required",
         f'["{HEALTH}", "{KAFKA}", "{RESOURCES}"]', f'["{KAFKA}", "{RESOURCES}"]'),
    ],
)  # fmt: skip
def test_what_else_a_decision_rests_on_is_the_journals(
    tmp_path: Path, change: Change, field: str, was: str, became: str
) -> None:
    assert edited(tmp_path, change) == [(field, words(was, became))]


def test_the_worst_of_an_items_findings_is_the_journals(tmp_path: Path) -> None:
    good, bad = finding(HEALTH), finding(HEALTH, "FAIL")
    lines = journal_of(record("one", bad)).splitlines(keepends=True)
    again = json.dumps({"type": "finding", **good.model_dump(mode="json")}) + "\n"
    for order in ([lines[0], again, *lines[1:]], [*lines[:-1], again, lines[-1]]):
        assert journal(tmp_path, "".join(order), record("one", bad)) == []
        assert journal(tmp_path, "".join(order), record("one", good))[-1] == (
            words("FAIL", "PASS"), "record.json", 0, HEALTH, NEXT,
        )  # fmt: skip


def journal(run: Path, text: str, found: Record = RUN) -> list[tuple[str, str, int, str, str]]:
    """What is said of a record that was closed with this text as its journal."""
    (run / "record.jsonl").write_text(text)
    closed = found.model_copy(update={"journal_sha256": hashlib.sha256(text.encode()).hexdigest()})
    (run / "record.json").write_text(closed.model_dump_json())
    try:
        read_run(run)
    except BadInput as error:
        return said(error)
    return []


def test_a_journal_of_no_closed_run_is_named_with_its_line(tmp_path: Path) -> None:
    lines = journal_of(RUN).splitlines(keepends=True)
    begin, end = "begins with no run, or with two", "has no end: its run was never closed"
    torn, strange = "is no line of a journal", "is no finding"
    no_finding = '{"type": "finding", "item": "smoke.health"}\n'
    without_reason = lines[2].replace("FAIL", "UNKNOWN")
    for text, message, line in (
        ("", torn, 1), ("x\n", torn, 1), ("[]\n", torn, 1), ("{}\n", torn, 1), ("".join(lines[1:]), begin, 0),
        ("".join([lines[0], *lines]), begin, 0), ("".join(lines[:-1]), end, 0), ("".join(lines) + "\n", torn, 6),
        ("".join(lines[:2]) + lines[2][:-9], torn, 3), (lines[0] + no_finding + "".join(lines[1:]), strange, 2),
        ("".join([*lines[:2], without_reason, *lines[3:]]), strange, 3),
    ):  # fmt: skip
        assert journal(tmp_path, text) == [(message, "record.jsonl", line, "", NEXT)]
    assert journal(tmp_path, "".join(lines)) == []


def test_a_journal_that_says_less_than_its_record_is_an_earlier_golives(tmp_path: Path) -> None:
    lines = journal_of(RUN).splitlines(keepends=True)
    short = json.dumps({"type": "end", "at": NOW.isoformat()}) + "\n"
    again = "run it again with this golive: nothing else can vouch for it"
    words = f"does not say {', '.join(CLOSED)}: an earlier golive made this run (0.1.0)"
    assert journal(tmp_path, "".join([*lines[:-1], short])) == [(words, "record.jsonl", 0, "", again)]
    begin = json.dumps({"type": "run", **dict.fromkeys(BEGUN[1:])}) + "\n"
    words = "does not say schema_version: an earlier golive made this run (0.1.0)"
    assert journal(tmp_path, "".join([begin, *lines[1:]])) == [(words, "record.jsonl", 0, "", again)]


def test_each_difference_has_a_line_and_what_to_do_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(RUN, tmp_path)
    monkeypatch.chdir(tmp_path)
    text = (tmp_path / "record.json").read_text()
    (tmp_path / "record.json").write_text(text.replace('"FAIL"', '"PASS"').replace('"NO-GO"', '"GO"'))
    with pytest.raises(BadInput) as refused:
        read_run(tmp_path)
    assert str(refused.value).splitlines() == [
        'record.json: decision.verdict: the journal says "NO-GO", the record says "GO"',
        'record.json: decision.words: the journal says "NO-GO", the record says "GO"',
        "record.json: smoke.kafka: the journal says FAIL, the record says PASS",
        f"    try: {NEXT}",
    ]
