"""No form of a secret survives the redactor, and what is not one does."""

from __future__ import annotations

import base64
import io
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from golive.redact import FRAGMENT, MARK, RedactingStream, Redactor, encodings

SECRETS = st.text(min_size=8, max_size=40).filter(lambda s: MARK not in s)


@given(secret=SECRETS, before=st.text(max_size=30), after=st.text(max_size=30))
def test_every_encoding_is_scrubbed_wherever_it_stands(secret: str, before: str, after: str) -> None:
    redact = Redactor([SecretStr(secret)])
    for form in encodings(secret):
        if len(form) >= FRAGMENT:
            assert form not in redact(before + form + after)


@given(secret=SECRETS, user=st.text(max_size=8))
def test_basic_authentication_is_scrubbed_at_every_alignment(secret: str, user: str) -> None:
    header = base64.b64encode(f"{user}:{secret}".encode()).decode()
    scrubbed = Redactor([SecretStr(secret)])(header)
    decodable = base64.b64decode(scrubbed.split(MARK)[0][: len(scrubbed.split(MARK)[0]) // 4 * 4]).decode(
        errors="ignore"
    )
    assert secret not in decodable
    assert MARK in scrubbed or len(secret.encode()) < FRAGMENT + 4


@given(
    secret=st.text(min_size=16, max_size=40, alphabet="abcdefghijklmnopqrstuvwxyz0123456789"), cut=st.integers(8, 15)
)
def test_a_fragment_is_scrubbed(secret: str, cut: int) -> None:
    assert secret[:cut] not in Redactor([SecretStr(secret)])(f"truncated: {secret[:cut]}...")


def test_other_text_stays_as_it_is() -> None:
    text = "kafka: 127.0.0.1:9092 refused the connection"
    assert Redactor([SecretStr("correct-horse-battery")])(text) == text


def test_neighbouring_secrets_leave_what_stands_between_them() -> None:
    redact = Redactor([SecretStr("first-secret"), SecretStr("second-secret")])
    assert redact("a first-secret b second-secret c") == f"a {MARK} b {MARK} c"


def test_a_short_secret_is_scrubbed_whole_and_a_tiny_one_is_left() -> None:
    redact = Redactor([SecretStr("hunter2"), SecretStr("ab")])
    assert redact("password hunter2, abc") == f"password {MARK}, abc"


def test_structures_are_scrubbed_in_keys_and_values() -> None:
    redact = Redactor([SecretStr("s3cret-value")])
    data = {"s3cret-value": ["x", {"deep": "s3cret-value"}], "nodeid": "s3cret-value"}
    assert redact.deep(data) == {MARK: ["x", {"deep": MARK}], "nodeid": MARK}
    kept = redact.values(data, keep=frozenset({"nodeid"}))
    assert kept == {"s3cret-value": ["x", {"deep": MARK}], "nodeid": "s3cret-value"}


def test_a_stream_is_scrubbed_as_it_is_written() -> None:
    out = io.StringIO()
    stream = RedactingStream(out, Redactor([SecretStr("s3cret-value")]))
    stream.writelines(["one s3cret-value\n", urllib.parse.quote("s3cret-value"), json.dumps("s3cret-value")])
    assert "s3cret" not in out.getvalue()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl said no", "Bearer [REDACTED] said no"),
        ("https://s3/x?X-Amz-Signature=abc123&partNumber=1", "https://s3/x?X-Amz-Signature=[REDACTED]&partNumber=1"),
        ("/callback?code=4f3a&state=1", "/callback?code=[REDACTED]&state=1"),
        ("the code=12 of a door", "the code=12 of a door"),
    ],
    ids=["a token", "a signed address", "a login's code", "no secret"],  # an id that looks like one is refused
)
def test_what_is_issued_during_a_run_is_known_by_its_shape(text: str, kept: str) -> None:
    assert Redactor()(text) == kept
