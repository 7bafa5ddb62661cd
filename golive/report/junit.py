"""JUnit XML from the record: UNKNOWN is an error, not a failure, and nothing is ever a quiet skip.

Written from the record rather than by pytest, which calls an UNKNOWN a failure and has no word for the others.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

from golive.checklist import Checklist
from golive.evidence.record import FindingEntry, Record

_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)."""


def render(record: Record, checklist: Checklist) -> str:
    """The document: one suite a phase, one case an item."""
    root = ET.Element("testsuites", name=f"golive {record.target} {record.identity.release}")
    for phase in checklist.phases:
        findings = [f for f in record.findings if checklist.by_id[f.item].phase == phase.name]
        if findings:
            root.append(_suite(phase.name, findings, record, checklist))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(phase: str, findings: list[FindingEntry], record: Record, checklist: Checklist) -> ET.Element:
    counts = Counter(finding.outcome for finding in findings)
    suite = ET.Element(
        "testsuite",
        name=phase,
        timestamp=record.started,
        tests=str(len(findings)),
        failures=str(counts["FAIL"]),
        errors=str(counts["UNKNOWN"]),
        skipped=str(counts["NOT APPLICABLE"]),
        time=f"{sum(finding.seconds for finding in findings):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    decision = record.phases.get(phase)
    for name, value in (("decision", decision.words if decision else "not asked for"), ("run", record.run)):
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    suite.extend(_case(finding, checklist) for finding in findings)
    return suite


def _case(finding: FindingEntry, checklist: Checklist) -> ET.Element:
    item = checklist.by_id[finding.item]
    case = ET.Element("testcase", classname=item.phase, name=item.id, time=f"{finding.seconds:.3f}")
    ET.SubElement(ET.SubElement(case, "properties"), "property", name="outcome", value=finding.outcome)
    headline = _clean(f"{finding.reason or finding.outcome}: {(finding.message.splitlines() or [''])[0]}")
    text = _clean("\n".join(part for part in (finding.message, finding.hint and f"next: {finding.hint}") if part))
    if finding.outcome == "FAIL":
        ET.SubElement(case, "failure", message=headline, type="FAIL").text = text
    elif finding.outcome == "UNKNOWN":
        ET.SubElement(case, "error", message=headline, type=str(finding.reason)).text = text
    elif finding.outcome == "NOT APPLICABLE":
        ET.SubElement(case, "skipped", message=headline)
    elif finding.outcome == "WAIVED":
        ET.SubElement(case, "system-out").text = text
    return case


def _clean(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
