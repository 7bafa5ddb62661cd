"""Waivers: which may be, and what each does in a run. An item that is waived still runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from golive.checklist import Checklist
from golive.errors import BadInput
from golive.evidence.record import WaiverEntry
from golive.evidence.roles import in_words
from golive.evidence.statements import ANY, Signed, Waiver
from golive.finding import Finding, Outcome


class Standing(StrEnum):
    """What became of a waiver in a run; ``used`` alone hides anything."""

    USED = "used"
    NO_LONGER_NEEDED = "no longer needed"
    UNUSED = "unused"
    EXPIRED = "expired"
    NOT_YET = "not yet"
    OTHER_RELEASE = "other release"
    NOT_SIGNED = "not signed"


def problems(waivers: Sequence[Signed[Waiver]], checklist: Checklist, target: str) -> Iterator[BadInput]:
    """What no waiver may say, with file, line and field: the run stops, rather than guess what was meant."""
    seen: dict[tuple[str, str], Signed[Waiver]] = {}
    for waiver in waivers:
        says = waiver.says
        item = checklist.by_id.get(says.item)
        if item is None:
            yield waiver.problem("is not an item of the checklist", "item", checklist.suggestion(says.item))
        elif not item.waivable:
            yield waiver.problem("cannot be waived: it has to hold", "item", "remove this waiver")
        if says.target != target:
            words = f"is for target {says.target!r} and lies in the folder of {target!r}"
            yield waiver.problem(words, "target", f"target: {target}, or move the file")
        earlier = seen.setdefault((says.item, says.release), waiver)
        if earlier is not waiver:
            yield waiver.problem(f"is waived by {earlier.path.name} already", "item", "remove one of the two")


def refusal(waiver: Signed[Waiver], checklist: Checklist) -> str:
    """Why its signatures do not carry it, in words; empty where they do."""
    says = waiver.says
    if waiver.refused:
        return waiver.refused
    approval = waiver.signed_by(says.role)
    if approval is None:
        return f"no key of the {in_words(says.role)} has signed it"
    if approval.name != says.approved_by:
        return f"approved_by says {says.approved_by!r}, and the key is of {approval.name!r}"
    item = checklist.by_id[says.item]
    if item.owner == "security_officer" and waiver.signed_by("security_officer") is None:
        return "a security item needs the security officer's signature"
    return ""


def apply(
    findings: Iterable[Finding],
    waivers: Iterable[Signed[Waiver]],
    checklist: Checklist,
    release: str,
    now: datetime,
) -> tuple[list[Finding], list[WaiverEntry]]:
    """The findings with what is waived turned to WAIVED, and what became of each waiver."""
    by_item = {finding.item: finding for finding in findings}
    entries = []
    for waiver in waivers:
        finding = by_item.get(waiver.says.item)
        standing, words = _standing(waiver, finding, checklist, release, now)
        hides = hidden(finding) if standing is Standing.USED and finding is not None else ""
        entries.append(_entry(waiver, standing, words, hides))
        if standing is Standing.USED and finding is not None:
            by_item[finding.item] = waived(finding, entries[-1])
    return list(by_item.values()), entries


def _standing(
    waiver: Signed[Waiver], finding: Finding | None, checklist: Checklist, release: str, now: datetime
) -> tuple[Standing, str]:
    says = waiver.says
    refused = refusal(waiver, checklist)
    if refused:
        return Standing.NOT_SIGNED, refused
    if now >= says.until:
        return Standing.EXPIRED, f"since {says.until:%Y-%m-%d %H:%M} UTC"
    if now < says.created:
        return Standing.NOT_YET, f"before {says.created:%Y-%m-%d %H:%M} UTC"
    if says.release not in {ANY, release}:
        return Standing.OTHER_RELEASE, f"it is for release {says.release}"
    if finding is None:
        return Standing.UNUSED, "its item was not looked at"
    if finding.outcome not in {Outcome.FAIL, Outcome.UNKNOWN}:
        return Standing.NO_LONGER_NEEDED, f"its item is {finding.outcome}"
    return Standing.USED, ""


def hidden(finding: Finding) -> str:
    """What a waiver of this finding hides, in words."""
    return finding.headline + (f": {finding.message}" if finding.message else "")


def waived(finding: Finding, entry: WaiverEntry) -> Finding:
    """The finding as the waiver that was used leaves it."""
    until = f"{datetime.fromisoformat(entry.until):%Y-%m-%d %H:%M} UTC"
    words = f"waived until {until} by {entry.approved_by} ({entry.ticket}); hides {entry.hides}"
    return dataclasses.replace(finding, outcome=Outcome.WAIVED, reason=None, message=words)


def _entry(waiver: Signed[Waiver], standing: Standing, words: str, hides: str) -> WaiverEntry:
    says = waiver.says
    signers = [signer.words for signer in waiver.signers]
    return WaiverEntry(
        item=says.item, standing=standing.value, because=words, hides=hides, why=says.why, author=says.author,
        approved_by=says.approved_by, role=says.role, ticket=says.ticket, created=says.created.isoformat(),
        until=says.until.isoformat(), release=says.release, file=waiver.path.name, signed_by=signers,
    )  # fmt: skip
