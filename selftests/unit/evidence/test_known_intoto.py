"""in-toto Statements field by field, and each refusal word for word."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from golive.evidence import intoto
from golive.evidence.record import Digests
from selftests.ledgers import finding, record
from selftests.people import NOW

LEDGER, RUN, POLICY, TARGET = "a" * 64, "b" * 64, "c" * 64, "d" * 64
RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SUMMARY = "https://slsa.dev/verification_summary/v1"


def result() -> dict[str, Any]:
    digests = Digests(checklist=POLICY, target=TARGET)
    return intoto.test_result(record("run-1", finding("smoke.a"), digests=digests), RUN)


def summary(*, good: bool) -> dict[str, Any]:
    return intoto.summary(
        release="r1", ledger=LEDGER, policy=POLICY, inputs=[("run-1", RUN)], level="GOLIVE_WHOLE", good=good,
        at=NOW + timedelta(seconds=5),
    )  # fmt: skip


def test_what_a_run_found_is_a_statement_about_its_record() -> None:
    assert result() == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "record of run-1", "digest": {"sha256": RUN}}],
        "predicateType": RESULT,
        "predicate": {
            "result": "PASSED",
            "configuration": [
                {"name": "checklist", "digest": {"sha256": POLICY}},
                {"name": "target bare", "digest": {"sha256": TARGET}},
            ],
            "passedTests": ["smoke.a"],
            "failedTests": [],
        },
    }


@pytest.mark.parametrize(("good", "verified", "level"), [(True, "PASSED", "GOLIVE_WHOLE"), (False, "FAILED", "FAILED")])
def test_what_verifying_found_is_a_statement_about_the_ledger(
    good: bool,
    verified: str,
    level: str,
) -> None:
    assert summary(good=good) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "ledger of r1", "digest": {"sha256": LEDGER}}],
        "predicateType": SUMMARY,
        "predicate": {
            "verifier": {"id": "https://golive.invalid/verify"},
            "timeVerified": "2026-11-26T12:00:05Z",
            "resourceUri": "urn:golive:release:r1",
            "policy": {"uri": "checklist.toml", "digest": {"sha256": POLICY}},
            "inputAttestations": [{"uri": "run-1", "digest": {"sha256": RUN}}],
            "verificationResult": verified,
            "verifiedLevels": [level],
            "slsaVersion": "1.0",
        },
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"predicateType": "x"}, f"its predicate is 'x', not '{RESULT}'"),
        ({"_type": "x"}, "is no in-toto Statement: Wrong statement type"),
        ({"subject": []}, "is no in-toto Statement: At least one subject required"),
        (
            {"more": 1},
            "is no in-toto Statement: "
            'Message type "in_toto_attestation.v1.Statement" has no field named "more" at "Statement".',
        ),
        (
            {"predicate": {"nope": 1}},
            'is no in-toto Statement: Message type "in_toto_attestation.predicates.test_result.v0.TestResult" '
            'has no field named "nope" at "TestResult".',
        ),
    ],
)
def test_what_is_no_statement_of_its_kind_says_why_in_one_line(change: dict[str, Any], words: str) -> None:
    for check in (
        lambda statement: intoto.check(statement, RESULT),
        lambda statement: intoto.parsed(json.dumps(statement).encode(), RESULT),
    ):
        with pytest.raises(intoto.Invalid) as raised:
            check(result() | change)
        assert str(raised.value) == words


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[]", "is no in-toto Statement"),
        (b"{}", "is no in-toto Statement"),
        (b'{"predicate": []}', "is no in-toto Statement"),
    ],
)
def test_bytes_that_hold_no_statement_are_refused(payload: bytes, words: str) -> None:
    with pytest.raises(intoto.Invalid) as raised:
        intoto.parsed(payload, RESULT)
    assert str(raised.value) == words


def test_statements_are_read_as_they_were_written() -> None:
    assert intoto.parsed(json.dumps(result()).encode(), RESULT) == result()
    assert intoto.parsed(json.dumps(summary(good=True)).encode(), SUMMARY) == summary(good=True)
    with pytest.raises(intoto.Invalid, match=f"^its predicate is '{SUMMARY}', not '{RESULT}'$"):
        intoto.parsed(json.dumps(summary(good=True)).encode(), RESULT)
