"""CTRF, the Common Test Report Format (https://ctrf.io, JSON Schema of its version 0.0.0), from the record.

Its five statuses have no word for UNKNOWN: ``other``, which no consumer counts as passed. ``rawStatus`` and the labels
say what the record says.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from golive.checklist import Checklist
from golive.evidence.record import FindingEntry, Record

SPEC_VERSION = "0.0.0"
_STATUS = {"PASS": "passed", "FAIL": "failed", "UNKNOWN": "other", "WAIVED": "other", "NOT APPLICABLE": "skipped"}
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def render(record: Record, checklist: Checklist) -> str:
    """The document: one test an item, its phase and section as the suite. Times are milliseconds since the epoch."""
    counts = Counter(_STATUS[finding.outcome] for finding in record.findings)
    start, stop = _milliseconds(record.started), _milliseconds(record.ended)
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "timestamp": record.ended,
        "generatedBy": f"golive {record.suite_version}",
        "results": {
            "tool": {"name": "golive", "version": record.suite_version},
            "summary": {
                "tests": len(record.findings),
                **{status: counts[status] for status in _STATUSES},
                "suites": len({checklist.by_id[finding.item].phase for finding in record.findings}),
                "start": start,
                "stop": stop,
                "duration": stop - start,
                "extra": {"decision": record.decision.words, "run": record.run},
            },
            "tests": [_test(finding, checklist) for finding in record.findings],
            "environment": {
                "reportName": f"{record.target_title}, release {record.identity.release or 'not named'}",
                "testEnvironment": record.target,
                "buildName": record.identity.release or "not named",
            },
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _test(finding: FindingEntry, checklist: Checklist) -> dict[str, Any]:
    item = checklist.by_id[finding.item]
    duration = round(1000 * finding.seconds)
    test: dict[str, Any] = {
        "name": item.id,
        "status": _STATUS[finding.outcome],
        "rawStatus": finding.outcome,
        "duration": duration,
        "suite": [item.phase, item.section],
        "labels": {"title": item.title, "owner": item.owner, "reason": finding.reason or "none"},
    }
    if finding.started:
        test |= {"start": (start := _milliseconds(finding.started)), "stop": start + duration}
    if finding.message:
        test["message"] = finding.message
    if finding.hint:
        test["extra"] = {"next": finding.hint}
    if finding.nodeid:
        test["filePath"] = finding.nodeid.split("::")[0]
    return test


def _milliseconds(moment: str) -> int:
    return round(1000 * datetime.fromisoformat(moment).timestamp())
