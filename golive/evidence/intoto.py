"""in-toto Statements: a run's result that goes in, and the verification summary that comes out.

Both are checked by in-toto-attestation before they are written and whenever they are read.
https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md, https://slsa.dev/spec/v1.0/verification_summary
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from golive.evidence.record import Record

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SUMMARY = "https://slsa.dev/verification_summary/v1"
PAYLOAD = "application/vnd.in-toto+json"
VERIFIER = "https://golive.invalid/verify"
"""Names this tool; no address: nothing is ever asked there."""


class Invalid(Exception):
    """No Statement of that kind; the message says why, in one line."""


def test_result(record: Record, sha256: str) -> dict[str, Any]:
    """What a run found, as a Statement about its record. Whatever did not pass is among the failed.

    The predicate has no word for UNKNOWN, WAIVED or NOT APPLICABLE, and none of them is a test that passed.
    """
    passed = [finding.item for finding in record.findings if finding.outcome == "PASS"]
    failed = [finding.item for finding in record.findings if finding.outcome != "PASS"]
    go = record.decision.verdict == "GO"
    configuration = [
        {"name": "checklist", "digest": {"sha256": record.digests.checklist}},
        {"name": f"target {record.target}", "digest": {"sha256": record.digests.target}},
    ]
    predicate = {
        "result": "FAILED" if not go else "PASSED" if not failed else "WARNED",
        "configuration": configuration,
        "passedTests": passed,
        "failedTests": failed,
    }
    return _statement(f"record of {record.run}", sha256, TEST_RESULT, predicate)


def summary(
    *, release: str, ledger: str, policy: str, inputs: Iterable[tuple[str, str]], level: str, good: bool, at: datetime
) -> dict[str, Any]:
    """What verifying found, as a SLSA verification summary. ``inputs``: name and sha256 of each signed record."""
    predicate = {
        "verifier": {"id": VERIFIER},
        "timeVerified": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resourceUri": f"urn:golive:release:{release}",
        "policy": {"uri": "checklist.toml", "digest": {"sha256": policy}},
        "inputAttestations": [{"uri": name, "digest": {"sha256": digest}} for name, digest in inputs],
        "verificationResult": "PASSED" if good else "FAILED",
        "verifiedLevels": [level if good else "FAILED"],
        "slsaVersion": "1.0",
    }
    return _statement(f"ledger of {release}", ledger, SUMMARY, predicate)


def _statement(subject: str, sha256: str, kind: str, predicate: Mapping[str, Any]) -> dict[str, Any]:
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": subject, "digest": {"sha256": sha256}}],
        "predicateType": kind,
        "predicate": predicate,
    }
    check(statement, kind)
    return statement


def check(statement: Mapping[str, Any], kind: str) -> None:
    """Raises Invalid for what is no Statement with a predicate of that kind."""
    from google.protobuf.json_format import ParseDict, ParseError
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    predicates = {TEST_RESULT: test_result_pb2.TestResult, SUMMARY: vsa_pb2.VerificationSummary}
    if statement.get("predicateType") != kind:
        raise Invalid(f"its predicate is {statement.get('predicateType')!r}, not {kind!r}")
    # in-toto-attestation 0.9 has verifiedLevels as one text; the specification, as a list of them.
    predicate = {name: value for name, value in statement["predicate"].items() if name != "verifiedLevels"}
    try:
        Statement.copy_from_pb(ParseDict(dict(statement), statement_pb2.Statement())).validate()
        ParseDict(predicate, predicates[kind]())
    except (ParseError, ValueError, TypeError) as error:
        words, _, _ = str(error).partition("\n")
        raise Invalid(f"is no in-toto Statement: {words}") from None


def parsed(payload: bytes, kind: str) -> dict[str, Any]:
    """The Statement in these bytes. Raises Invalid."""
    try:
        statement: dict[str, Any] = json.loads(payload)
    except ValueError:
        raise Invalid("is no JSON") from None
    if not isinstance(statement, dict) or not isinstance(statement.get("predicate"), dict):
        raise Invalid("is no in-toto Statement")
    check(statement, kind)
    return statement
