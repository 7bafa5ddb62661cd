"""A failing world of all 102 items, as a run would record it; the messages are those of runs against the lab."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from golive import catalogue, decision
from golive.catalogue import Entry
from golive.errors import Reason
from golive.evidence.record import (
    DecisionEntry,
    Digests,
    EvidenceEntry,
    FindingEntry,
    Identity,
    Record,
    WaiverEntry,
)
from golive.finding import Finding, Outcome

ROOT = Path(__file__).parents[2]
ENDED = datetime.fromisoformat("2026-11-26T20:14:07+00:00")
NO_STORE = "kafka: no connection to kafka-0.mi.example:9093: Connection refused"
ASK_STORE = "is the server up, and may this host reach kafka-0.mi.example:9093?"
ATTEST = "golive attest testing.uat --key FILE, by a pilot user who has tried this release"
SEEN: dict[str, str] = {
    "infrastructure.tls": "AssertionError: assert {'hub.example...1, TLSv1_1',)} == {}\n  \n"
    "  Left contains 2 more items:\n  {'api.mi.example at 203.0.113.4': ('takes TLSv1, TLSv1_1',),\n"
    "   'hub.mi.example at 203.0.113.4': ('takes TLSv1, TLSv1_1',)}\n  Use -v to get more diff",
    "security.keycloak_realm": "AssertionError: assert 1000 <= 5\n +  where 1000 = RealmSettings(realm='mi', "
    f"issuer='https://sso.mi.example/realms/mi', events=frozenset({{{'LOGIN_ERROR' * 9}}})).login_failures\n"
    " +  and   5 = Keycloak(max_key_days=90).max_login_failures",
    "documentation.on_call": "AssertionError: assert {1: (), 2: ('...6:05+00:00',)} == {1: (), 2: ()}\n  \n"
    "  Omitting 1 identical items, use -vv to show\n  Differing items:\n"
    "  {2: ('2026-11-27T01:46:05+00:00 to 2026-11-27T02:46:05+00:00',)} != {2: ()}\n  Use -v to get more diff",
    "preflight.change_request": "AssertionError: assert ('its window,...contain now',) == ()\n  \n  Left contains one "
    "more item: 'its window, 2026-11-26T15:00+00:00 to 2026-11-26T19:00+00:00, does not contain now'\n"
    "  Use -v to get more diff",
    "functional.miso_api": "AssertionError: assert (200, frozens...t most 10 s'}) == (200, frozens...NN.HUB'}), {})\n"
    "  \n  At index 2 diff: {'INDIANA.HUB': 'made 164 s ago; at most 10 s', 'MINN.HUB': 'made 164 s ago; at most 10 s'}"
    " != {}\n  Use -v to get more diff",
    "performance.api_latency": "AssertionError: assert {'GET /api/v1...more than 5 %'} == {}\n  \n  Left contains 1 "
    "more item:\n  {'GET /api/v1/markets/miso/prices': '412 of 6000 took 250 ms or more: 6.9 %, surely more than 5 %'}",
}
CANNOT: dict[str, tuple[Reason, str, str]] = {
    "smoke.kafka": (Reason.UNREACHABLE, NO_STORE, ASK_STORE),
    "functional.streaming": (Reason.UNREACHABLE, NO_STORE, ASK_STORE),
    "performance.stream_latency": (Reason.UNREACHABLE, NO_STORE, ASK_STORE),
    "testing.uat": (Reason.STALE_EVIDENCE, "attestations/uat.yaml: it was valid until 2026-11-26T18:00:00Z", ATTEST),
}
WHY = "the node pool grows on Friday; until then pods are moved by hand"
HIDES = "FAIL: assert {'ingest': 'memory climbs by 41 MiB an hour'} == {}"


def record() -> Record:
    """The record of the run. Items without a test are UNKNOWN; nothing was rolled back."""
    entries = catalogue.read(ROOT).entries
    findings = [_finding(entry, number) for number, entry in enumerate(entries)]
    phases = {
        phase: _decided([f for e, f in zip(entries, findings, strict=True) if e.item.phase == phase])
        for phase in dict.fromkeys(entry.item.phase for entry in entries)
    }
    began = (ENDED - timedelta(minutes=14)).isoformat()
    return Record(
        schema_version=1, run="golive-20261126t200007z-4f1c", suite_version="0.1.0", target="production",
        target_title="Production", note="", command=["pytest"], started=began, ended=ENDED.isoformat(),
        interrupted=False, digests=Digests(checklist="c" * 64, target="a" * 64), journal_sha256="e" * 64,
        identity=Identity(release="2026.11.0", builds={"gateway": "2026.11.0+3f9c2ab"},
                          cluster_uid="5a0c1c5e-8f0e-4d53-9a3e-0c6b7f9a1d42", cluster_uid_absent_because=""),
        required=[entry.item.id for entry in entries], phases=phases, decision=_decided(findings), findings=findings,
        waivers=[_waiver()],
    )  # fmt: skip


def _finding(entry: Entry, number: int) -> FindingEntry:
    item, test = entry.item, entry.test
    outcome, reason, message, hint = _outcome(entry)
    looked = test is not None and reason is None
    return FindingEntry(
        item=item.id, outcome=outcome.value, reason=reason, message=message, hint=hint, versions={},
        evidence=[EvidenceEntry(subject="Seen", fields={"looked at": item.title, "number": number})] if looked else [],
        nodeid=f"tests::{item.id}" if test else "", must=test.must if test else "", seconds=0.4,
        started=(ENDED - timedelta(seconds=840 - 8 * number)).isoformat() if test else "",
    )  # fmt: skip


def _outcome(entry: Entry) -> tuple[Outcome, Reason | None, str, str]:
    item, test = entry.item, entry.test
    if test is None:
        return Outcome.UNKNOWN, Reason.NOT_IMPLEMENTED, f"no test in tests_{item.phase}/ claims it", ""
    if item.id in CANNOT:
        reason, message, hint = CANNOT[item.id]
        return Outcome.UNKNOWN, reason, message, hint
    if item.id in SEEN:
        return Outcome.FAIL, None, SEEN[item.id], test.hint
    if item.id == "performance.resources":
        return Outcome.WAIVED, None, f"waived until 2026-11-28T12:00:00Z; hides {HIDES}", test.hint
    if item.phase == "rollback":
        return Outcome.NOT_APPLICABLE, None, "nothing was rolled back: revision 41 is of this release", ""
    return Outcome.PASS, None, "", ""


def _decided(findings: list[FindingEntry]) -> DecisionEntry:
    found = decision.decide(
        [Finding(f.item, Outcome(f.outcome), Reason(f.reason) if f.reason else None) for f in findings]
    )
    return DecisionEntry(verdict=found.verdict.value, words=found.words, required=[f.item for f in findings])


def _waiver() -> WaiverEntry:
    return WaiverEntry(
        item="performance.resources", standing="used", because="", hides=HIDES, why=WHY, author="Lead One",
        approved_by="Manager Four", role="operations_manager", ticket="OPS-1412", created="2026-11-24T09:00:00Z",
        until="2026-11-28T12:00:00Z", release="2026.11.0", file="resources.yaml",
        signed_by=["Manager Four (operations manager, key 3c1f)"],
    )  # fmt: skip
