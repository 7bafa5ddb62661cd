"""Whether a closed record says what its run's journal does: nothing of it may have been edited since.

Both are files, and who may write both can forge both; the ledger's signature says that CI looked at them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from golive.errors import BadInput, BadInputs
from golive.evidence.record import BEGUN, CLOSED, FindingEntry, Record, WaiverEntry, entry_of
from golive.evidence.waivers import hidden, waived
from golive.finding import Finding, worst

NEXT = "bring record.json and record.jsonl back as the run closed them, or run it again"
NOTHING = "nothing of it"
SHOWN = 60
"""Characters of a value that differs."""


def check(record: Record, file: Path, journal: Path) -> None:
    """Compare a record with its journal.

    Raises BadInputs, one for each item and field that differs, or BadInput for a journal of no closed run, or of an
    earlier golive, which did not write all of it.
    """
    lines = list(_lines(journal))
    if lines[0]["type"] != "run" or [line["type"] for line in lines].count("run") != 1:
        raise BadInput("begins with no run, or with two", file=journal, suggestion=NEXT)
    if lines[-1]["type"] != "end":
        raise BadInput("has no end: its run was never closed", file=journal, suggestion=NEXT)
    unsaid = [*(name for name in BEGUN if name not in lines[0]), *(name for name in CLOSED if name not in lines[-1])]
    if unsaid:
        words = f"does not say {', '.join(unsaid)}: an earlier golive made this run ({record.suite_version})"
        raise BadInput(words, file=journal, suggestion="run it again with this golive: nothing else can vouch for it")
    found = _findings(lines, journal)
    says = record.model_dump(mode="json")
    apart = [
        *_apart({name: lines[0].get(name) for name in BEGUN}, {name: says[name] for name in BEGUN}, ""),
        *_apart({name: lines[-1].get(name) for name in CLOSED}, {name: says[name] for name in CLOSED}, ""),
        *_findings_apart(found, record),
    ]
    if apart:
        raise BadInputs([_problem(file, *each) for each in apart])


def _lines(journal: Path) -> Iterator[Mapping[str, Any]]:
    for number, text in enumerate(journal.read_text(encoding="utf-8").removesuffix("\n").split("\n"), 1):
        try:
            line = json.loads(text)
            _ = line["type"]
        except (ValueError, TypeError, KeyError):
            raise BadInput("is no line of a journal", file=journal, line=number, suggestion=NEXT) from None
        yield line


def _findings(lines: list[Mapping[str, Any]], journal: Path) -> dict[str, Finding]:
    """What the journal says of each item: the worst of its findings, as the run itself takes it."""
    found: dict[str, Finding] = {}
    for number, line in enumerate(lines, 1):
        if line["type"] != "finding":
            continue
        try:
            fields = {name: value for name, value in line.items() if name != "type"}
            finding = Finding.from_json(FindingEntry.model_validate(fields).model_dump())
        except (ValidationError, ValueError):
            raise BadInput("is no finding", file=journal, line=number, suggestion=NEXT) from None
        found[finding.item] = worst([found[finding.item], finding]) if finding.item in found else finding
    return found


Apart = tuple[str, object, object]
"""What differs, by a dotted path, with the journal's value and the record's."""


def _findings_apart(found: Mapping[str, Finding], record: Record) -> Iterator[Apart]:
    seen: set[str] = set()
    for entry in record.findings:
        if entry.item in seen:
            yield entry.item, "one finding", "two"
        seen.add(entry.item)
        finding = found.get(entry.item)
        if finding is None:
            yield entry.item, NOTHING, entry.headline
            continue
        expected = entry_of(_as_waived(finding, record.waivers))
        if expected.headline != entry.headline:
            yield entry.item, finding.headline, entry.headline
        else:
            yield from _apart(expected.model_dump(mode="json"), entry.model_dump(mode="json"), entry.item)
    for item in sorted(found.keys() - seen):
        yield item, found[item].headline, NOTHING


def _as_waived(finding: Finding, waivers: list[WaiverEntry]) -> Finding:
    """The finding as the record has to hold it: WAIVED where one waiver, of just this, was used."""
    used = [each for each in waivers if (each.item, each.standing) == (finding.item, "used")]
    if [each.hides for each in used] != [hidden(finding)]:
        return finding
    return waived(finding, used[0])


def _apart(ours: object, theirs: object, path: str) -> Iterator[Apart]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            yield from _apart(ours.get(name), theirs.get(name), f"{path}.{name}".lstrip("."))
    elif ours != theirs:
        yield path, _shown(ours), _shown(theirs)


def _shown(value: object) -> str:
    text = NOTHING if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _problem(file: Path, path: str, ours: object, theirs: object) -> BadInput:
    words = f"the journal says {ours}, the record says {theirs}"
    return BadInput(words, file=file, field=path, suggestion=NEXT)
