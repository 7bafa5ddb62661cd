"""Files of exports: what opens, what does not, where they may lie, and what in them equals the API's own rows."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.facts.downloads import Downloads
from golive.facts.exports import Exported, Exports
from golive.facts.jobs import Job
from golive.residue import RunId
from selftests.unit.answering import answer, answers, target

TOKEN = SecretStr("a-token-of-nobody")
GATEWAY = target().gateway.url.rstrip("/")
STORE = "https://store.example/f?part=1"
START = "2026-11-24T05:00:00Z"
ROW = {"node": "A", "interval_start": START, "price": 31.27, "final": True, "note": None}
HEAD = "node,interval_start,price,final,note\n"


def exported(monkeypatch: pytest.MonkeyPatch, content: bytes, kind: str = "csv", **changed: Any) -> Exported:
    """A file laid beside one row of the API's."""
    answers(monkeypatch, lambda _: answer(200, content))
    exports = Exports(target(), RunId.make())
    job = Job("j", 202, "done", 0.1, "", {"state": "done", "rows": 1, "download": "/f"})
    opened, body, rows = exports._opened(job, kind, TOKEN)
    return exports._beside(kind, {"first": "", "last": ""}, job, opened, len(body), rows, [{**ROW, **changed}])


@pytest.mark.parametrize("text", [f"{HEAD}A,{START},31.27,True,\n", f"\ufeff{HEAD}A,{START},31.270,true,\r\n"])
def test_csv_says_the_same_in_its_own_way(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = exported(monkeypatch, text.encode())
    assert (found.opened, found.unlike_api, found.columns) == ("opened", {}, found.api_columns)
    assert found.price_sum == found.api_price_sum


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"A,{START},,true,\n", "price null, by the API 31.27"),
        (f"A,{START},31.27,false,\n", "final 'false', by the API 'true'"),
        (f"A,{START},31.27,true,x\n", "note 'x', by the API null"),
    ],
)
def test_csv_that_says_otherwise(monkeypatch: pytest.MonkeyPatch, line: str, said: str) -> None:
    assert list(exported(monkeypatch, (HEAD + line).encode()).unlike_api.values()) == [said]


def test_a_price_that_both_lack_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = exported(monkeypatch, f"{HEAD}A,{START},,true,\n".encode(), price=None)
    assert list(found.unlike_api.values()) == ["price null, by the API null"]


@pytest.mark.parametrize("content", [b'a,b\n"1,2\n', b'a,b\n"1"x,2\n', b"\xff\xfe\x00", b"a,b\n" + b"x" * 200_000])
def test_a_file_that_is_no_csv_is_said(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    found = exported(monkeypatch, content)
    assert found.opened.startswith(("Error:", "UnicodeDecodeError:"))
    assert found.rows == 0


def parquet(row: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), buffer)
    return buffer.getvalue()


def test_parquet_may_hold_decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    found = exported(monkeypatch, parquet({**ROW, "price": Decimal("31.27")}), "parquet")
    assert (found.opened, found.unlike_api, found.price_sum) == ("opened", {}, 31.27)


def test_parquet_in_a_codec_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise NotImplementedError("Support for codec 'lzo' not built")

    monkeypatch.setattr("pyarrow.parquet.read_table", refuses)
    assert exported(monkeypatch, b"PAR1", "parquet").opened == "NotImplementedError: Support for codec 'lzo' not built"


def test_a_job_without_an_address_has_no_file() -> None:
    job = Job("j", 202, "done", 0.1, "", {"state": "done"})
    assert (
        Exports(target(), RunId.make())._opened(job, "csv", TOKEN)[0] == "the finished job has no address at download"
    )


def fetch(monkeypatch: pytest.MonkeyPatch, link: str, moves: dict[str, str]) -> tuple[Answer, list[tuple[str, bool]]]:
    """What was answered in the end; each address asked, and whether it was shown the token."""

    def platform(request: Request) -> Answer:
        there = moves.get(request.url)
        return answer(302, b"", {"location": there}) if there else answer(200, b"file")

    asked = answers(monkeypatch, platform)
    found = Downloads(target()).fetch(link, TOKEN)
    return found, [(request.url, "Authorization" in request.headers) for request in asked]


@pytest.mark.parametrize(
    ("link", "moves", "expected"),
    [
        (STORE, {}, [(STORE, False)]),
        ("/files/1", {}, [(f"{GATEWAY}/files/1", True)]),
        ("files/1", {}, [(f"{GATEWAY}/files/1", True)]),
        (f"{GATEWAY}/files/1", {}, [(f"{GATEWAY}/files/1", True)]),
        ("/files/1", {f"{GATEWAY}/files/1": STORE}, [(f"{GATEWAY}/files/1", True), (STORE, False)]),
        ("/files/1", {f"{GATEWAY}/files/1": "2"}, [(f"{GATEWAY}/files/1", True), (f"{GATEWAY}/files/2", True)]),
        (STORE, {STORE: f"{GATEWAY}/me"}, [(STORE, False), (f"{GATEWAY}/me", False)]),
        (f"http{GATEWAY[5:]}/1", {}, [(f"http{GATEWAY[5:]}/1", False)]),
    ],
)
def test_the_token_is_shown_to_the_gateway_alone(
    monkeypatch: pytest.MonkeyPatch, link: str, moves: dict[str, str], expected: list[tuple[str, bool]]
) -> None:
    found, asked = fetch(monkeypatch, link, moves)
    assert (found.status, asked) == (200, expected)


def test_after_three_redirects_the_next_one_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = fetch(monkeypatch, STORE, {STORE: STORE})
    assert (found.status, len(asked)) == (302, 4)
