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


def test_the_forms_of_a_secret_by_hand() -> None:
    assert encodings('pä"<&\n b/w+?') == {
        'pä"<&\n b/w+?',
        '?+w/b \n&<"äp',  # backwards
        "p%C3%A4%22%3C%26%0A%20b%2Fw%2B%3F",  # in a query
        "p%C3%A4%22%3C%26%0A%20b/w%2B%3F",  # in a path
        "p%C3%A4%22%3C%26%0A+b%2Fw%2B%3F",  # in a form
        "pä&quot;&lt;&amp;\n b/w+?",  # on a page
        "pä&amp;quot;&amp;lt;&amp;amp;\n b/w+?",  # quoted on a page
        'p\\u00e4\\"<&\\n b/w+?',  # in JSON
        'pä"<&\\n b/w+?',  # in a Python message
        "70c3a4223c260a20622f772b3f",
        "70C3A4223C260A20622F772B3F",
        # base64 without what depends on neighbours: after a multiple of three bytes, after one more, after two
        "cMOkIjwmCiBiL3crP",
        "pCI8JgogYi93Kz",
        "w6QiPCYKIGIvdys",
    }
    assert encodings("s3cr") == {"s3cr", "rc3s", "73336372", "czNjc"}


def test_four_characters_are_a_secret_and_three_are_none() -> None:
    redact = Redactor([SecretStr("abc"), SecretStr("wxyz"), SecretStr("wxyz"), SecretStr("s3cret-value")])
    assert redact("abc wxyz s3cret-value zyxw") == f"abc {MARK} {MARK} {MARK}"


def test_secrets_side_by_side_are_one_gap_and_those_apart_are_two() -> None:
    redact = Redactor([SecretStr("first-secret"), SecretStr("second-secret")])
    assert redact("first-secretsecond-secret") == MARK
    assert redact("first-secret.second-secret") == f"{MARK}.{MARK}"
    assert redact("first-secret b c second-secret") == f"{MARK} b c {MARK}"
    assert redact("a first-secre") == f"a {MARK}"
    assert redact("a first-se") == f"a {MARK}"
    assert redact("a first-s") == "a first-s"


def test_eight_characters_are_scrubbed_as_far_as_they_go() -> None:
    redact = Redactor([SecretStr("12345678")])
    assert redact("12345678") == MARK
    assert redact("x12345678x 1234567") == f"x{MARK}x 1234567"
    assert redact("1234567812345678") == MARK


def test_nothing_is_scrubbed_but_texts() -> None:
    redact = Redactor([SecretStr("s3cret-value")])
    data = ("s3cret-value", 5, None, {"k": ("s3cret-value", 1.5)})
    assert redact.deep(data) == (MARK, 5, None, {"k": (MARK, 1.5)})
    assert redact.values(data) == (MARK, 5, None, {"k": (MARK, 1.5)})
    kept = redact.values([{"keep": "s3cret-value", "k": "s3cret-value"}], keep=frozenset({"keep"}))
    assert kept == [{"keep": "s3cret-value", "k": MARK}]


def test_a_stream_takes_what_it_is_given_and_is_else_the_stream() -> None:
    out = io.StringIO()
    stream = RedactingStream(out, Redactor([SecretStr("s3cret-value")]))
    assert stream.write("one s3cret-value\n") == len("one s3cret-value\n")
    stream.writelines(["two\n", "s3cret-value\n"])
    assert stream.getvalue() == f"one {MARK}\ntwo\n{MARK}\n"


@pytest.mark.parametrize("name", ["x-amz-credential", "sig", "signature", "token", "access_token", "code", "key"])
def test_each_name_of_a_signed_address_s_secret_is_known(name: str) -> None:
    for mark in "?&;":
        assert Redactor()(f"/a{mark}{name.upper()}=v1'>") == f"/a{mark}{name.upper()}={MARK}'>"
