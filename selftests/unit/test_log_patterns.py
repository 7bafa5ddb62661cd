"""Messages of one kind have one pattern, whatever figures and names they hold."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.facts.log_patterns import LONGEST, counted, pattern

FIGURES = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats(0, 1e6, allow_nan=False).map(lambda value: f"{value:.3f}"),
)
UUIDS = st.uuids(version=4).map(str)
HEX = st.binary(min_size=8, max_size=20).map(bytes.hex).filter(lambda text: any(c.isdigit() for c in text))
ADDRESSES = st.ip_addresses(v=4).map(str)
QUOTED = st.text(st.characters(exclude_characters="\"'`", categories=["L", "N", "P", "Z"]), max_size=20)
QUOTES = st.sampled_from("\"'`")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("took 4071 ms, over 3000 ms", "took <number> ms, over <number> ms"),
        ("at 2026-11-26T12:08:36.868Z and 2026-11-26 on", "at <time> and <time> on"),
        ("job 6f9619ff-8b86-d011-b42d-00c04fc964ff failed", "job <uuid> failed"),
        ("connection to 10.0.0.12:5432 failed", "connection to <address> failed"),
        ("peer fe80:0:0:0:202:b3ff:fe1e:8329 left", "peer <address> left"),
        ("no hub 'INDIANA.HUB' in \"curves\"", "no hub <text> in <text>"),
        ("it can't be what it isn't", "it can't be what it isn't"),
        ("at 0x7ffdeadbeef in 9f86d081884c7d65", "at <number> in <number>"),
        ("  two\n lines\t", "two lines"),
        ("release 1.2.3, decade", "release <number>, decade"),
        ("", ""),
    ],
)
def test_what_differs_between_messages_of_a_kind_is_masked(message: str, expected: str) -> None:
    assert pattern(message) == expected


@given(st.sampled_from([FIGURES, UUIDS, HEX, ADDRESSES]).flatmap(lambda values: st.tuples(values, values)))
def test_messages_that_differ_in_a_figure_are_of_one_kind(pair: tuple[str, str]) -> None:
    first, second = (f"node {value} is away" for value in pair)
    assert pattern(first) == pattern(second)


@given(QUOTED, QUOTED, QUOTES)
def test_messages_that_differ_in_a_quotation_are_of_one_kind(first: str, second: str, quote: str) -> None:
    kinds = {pattern(f"no hub {quote}{value}{quote} here") for value in (first, second)}
    assert kinds == {"no hub <text> here"}


@given(st.text())
def test_a_pattern_is_its_own_pattern(message: str) -> None:
    found = pattern(message)
    assert len(found) <= LONGEST
    if len(found) < LONGEST:
        assert pattern(found) == found


@given(st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=2, max_size=6, unique=True))
def test_messages_of_other_words_are_of_other_kinds(words: list[str]) -> None:
    assert len(counted(f"the {word} failed" for word in words)) == len(words)


def test_a_target_says_what_else_differs() -> None:
    messages = [f"no price for {name}.HUB since {uuid.uuid4()}" for name in ("INDIANA", "MINN", "MICHIGAN")]
    assert counted(messages, [r"\b[A-Z]+\.HUB\b"]) == {"no price for <masked> since <uuid>": 3}
