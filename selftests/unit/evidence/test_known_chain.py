"""The ledger's chain: its lines byte for byte, and each refusal word for word."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from golive.evidence.chain import FIRST, Broken, add, canonical, content, read
from selftests.people import NOW

SHA256 = hashlib.sha256(b"abc").hexdigest()
LINK = {"at": "then", "file": "records/a b.json", "kind": "record", "number": 1, "previous": FIRST, "sha256": SHA256}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the chain stands, beside a file to add."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "a b.json").write_bytes(b"abc")
    return tmp_path / "chain.jsonl"


def line(**changes: Any) -> str:
    """A link as it stands in the file, whole whatever it says."""
    fields = LINK | changes
    return canonical(fields | {"hash": hashlib.sha256(canonical(fields)).hexdigest()}).decode() + "\n"


def test_fields_are_written_in_one_way() -> None:
    assert canonical({"b": [1, 2], "a": "é"}) == '{"a":"é","b":[1,2]}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


@pytest.mark.usefixtures("ascii_locale")
def test_each_link_is_a_line_with_the_hash_of_the_one_before(path: Path) -> None:
    other = path.parent / "records" / "é.json"
    other.write_bytes(b"")
    first, second = add(path, "record", path.parent / "records" / "a b.json", NOW), add(path, "reason", other, NOW)
    at, empty = "2026-11-26T12:00:00+00:00", hashlib.sha256(b"").hexdigest()
    follows: dict[str, Any] = {"number": 2, "previous": first.hash, "kind": "reason", "file": "records/é.json"}
    assert path.read_text(encoding="utf-8") == line(at=at) + line(**follows, at=at, sha256=empty)
    assert read(path) == (first, second)
    assert (content(path, first), content(path, second)) == (b"abc", b"")


def test_of_no_chain_and_of_an_empty_one_there_are_no_links(path: Path) -> None:
    assert read(path) == ()
    path.write_bytes(b"")
    assert read(path) == ()


def test_all_may_read_the_chain_and_one_may_write(path: Path) -> None:
    before = os.umask(0)
    add(path, "record", path.parent / "records" / "a b.json", NOW)
    os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff", " cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (line()[:-1], ": the last line has no end"),
        ("[\n", ":1 is no link"),
        ("[]\n", ":1 is no link"),
        ("1\n", ":1 is no link"),
        ("{}\n", ":1 is no link"),
        (line(more=""), ":1 is no link"),
        (line(kind="other"), ":1 names no file of the ledger"),
        (line(file=1), ":1 names no file of the ledger"),
        (line(file="records/../../a"), ":1 names no file of the ledger"),
        (line(number=2), ":1 is link 2: one is missing, doubled or moved"),
        (line() + line(), ":2 is link 1: one is missing, doubled or moved"),
        (line(previous="1" * 64), ":1 does not follow the link before it"),
        (line() + line(number=2), ":2 does not follow the link before it"),
        (json.dumps(json.loads(line())) + "\n", ":1 changed since it was added"),
        (line().replace("then", "when"), ":1 changed since it was added"),
    ],
)
def test_a_chain_that_proves_nothing_says_where(path: Path, text: bytes | str, words: str) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Broken) as raised:
        read(path)
    assert str(raised.value) == f"chain.jsonl{words}"


def test_a_file_that_changed_or_is_gone_proves_nothing(path: Path) -> None:
    place = path.parent / "records" / "a b.json"
    link = add(path, "record", place, NOW)
    place.write_bytes(b"abd")
    with pytest.raises(Broken) as raised:
        content(path, link)
    assert str(raised.value) == "link 1: records/a b.json changed since it was added"
    place.unlink()
    with pytest.raises(Broken) as raised:
        content(path, link)
    assert str(raised.value) == "link 1: records/a b.json cannot be read: No such file or directory"
