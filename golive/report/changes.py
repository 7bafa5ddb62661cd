"""What changed in a gate since the run before the newest one, and since the release before this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from golive.errors import BadInput
from golive.evidence.chain import Broken
from golive.evidence.envelope import Refused
from golive.evidence.ledger import Ledger
from golive.evidence.standing import Stands, standing
from golive.evidence.verification import Answer
from golive.report.page import NOT_ASKED


def since_the_run_before(answered: Answer) -> Mapping[str, tuple[str, ...]]:
    """What the newest run of the ledger changed, under the time of the one before; empty where there is none."""
    asked = answered.question
    ordered = sorted(asked.ledger.records, key=lambda entered: entered.record.ended)
    if not ordered[1:]:
        return {}
    before = standing(ordered[:-1], asked.ledger.reasons, asked.checklist, asked.now).items
    ended = ordered[-2].record.ended[:16].replace("T", " ")
    return {f"the run that ended {ended} UTC": tuple(_changes(before, answered.items))}


def since_the_release_before(answered: Answer) -> Mapping[str, tuple[str, ...]]:
    """What stands otherwise than at the end of the release before, under its name; empty where there is none."""
    asked = answered.question
    began = min((entered.record.ended for entered in asked.ledger.records), default=asked.now.isoformat())
    found = max(_earlier(asked.ledger, began), default=None, key=lambda each: each[0])
    if found is None:
        return {}
    ended, ledger = found
    last = datetime.fromisoformat(ended)
    before = standing(ledger.records, ledger.reasons, asked.checklist, last).items
    return {f"release {ledger.release}": tuple(_changes(before, answered.items))}


def _earlier(ours: Ledger, began: str) -> Iterator[tuple[str, Ledger]]:
    """The ledgers of other releases that were whole and over before ours began, each with the end of its last run."""
    for folder in sorted(ours.folder.parent.iterdir()) if ours.folder.parent.is_dir() else ():
        if folder == ours.folder or not folder.is_dir():
            continue
        other = replace(ours, folder=folder, release=folder.name)
        try:
            ended = max((entered.record.ended for entered in other.records), default="")
        except (Broken, Refused, BadInput):
            continue  # nothing of one that is not whole is used
        if ended and ended < began:
            yield ended, other


def _changes(before: Mapping[str, Stands], now: Iterable[Stands]) -> Iterator[str]:
    for stands in now:
        was, is_now = _headline(before.get(stands.item.id)), _headline(stands)
        if was != is_now:
            yield f"{stands.item.id}: {was}, now {is_now}"


def _headline(stands: Stands | None) -> str:
    finding = stands.finding if stands else None
    return finding.headline if finding else NOT_ASKED
