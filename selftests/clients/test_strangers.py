"""What those without keys are tried with, that a write of theirs is removed again, and what S3's own errors become."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from golive.errors import CredentialsRefused, ProtocolBroken, ResidueLeft
from golive.facts.object_storage import ObjectStorage
from golive.residue import RunId
from selftests.clients.targets import target_at

EMPTY = (
    b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Name>any</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
)
ERROR = b"<Error><Code>%s</Code></Error>"
Rule = Callable[[str, str, bool], tuple[int, bytes]]
"""``rule(method, path and query, whether a signature came) -> status and body``."""


class S3(ThreadingHTTPServer):
    """An endpoint that answers by a rule, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rule: Rule = proper
        self.asked: list[tuple[str, str, bool]] = []


class _Handler(BaseHTTPRequestHandler):
    server: S3

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = (self.command, self.path, "Authorization" in self.headers)
        self.server.asked.append(asked)
        status, body = self.server.rule(*asked)
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = _answer  # noqa: N815 - the library's own names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        pass


def proper(method: str, path: str, signed: bool) -> tuple[int, bytes]:
    if not signed:
        return 403, ERROR % b"AccessDenied"
    return (200, EMPTY) if method == "GET" else (204, b"")


@pytest.fixture
def s3() -> Iterator[S3]:
    with S3() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def storage(s3: S3, secrets: Path) -> ObjectStorage:
    return ObjectStorage(target_at(int(s3.server_address[1]), secrets), RunId.make())


def without_keys(s3: S3, *, method: str) -> set[str]:
    return {path for asked, path, signed in s3.asked if asked == method and not signed}


def answered(storage: ObjectStorage) -> set[str]:
    return {stranger.tried for stranger in storage.strangers() if stranger.state == "answered"}


def test_every_bucket_is_listed_without_keys_and_only_the_suites_is_written_to(s3: S3, storage: ObjectStorage) -> None:
    assert answered(storage) == {"list golive with a wrong secret key"}
    assert {"/golive?list-type=2", "/exports?uploads", "/backups?uploads"} <= without_keys(s3, method="GET")
    (written,) = without_keys(s3, method="PUT")
    assert RunId.owner_of(written.removeprefix("/golive/")) is not None
    assert not any(method == "DELETE" for method, _, _ in s3.asked)


def test_unfinished_uploads_that_anybody_may_list_are_seen(s3: S3, storage: ObjectStorage) -> None:
    s3.rule = lambda *asked: (200, EMPTY) if asked[1] == "/exports?uploads" else proper(*asked)
    assert "list uploads to exports without keys" in answered(storage)


def test_what_was_written_without_keys_is_removed_with_them(s3: S3, storage: ObjectStorage) -> None:
    s3.rule = lambda *asked: (200, b"") if asked[0] == "PUT" else proper(*asked)
    assert "write to golive without keys" in answered(storage)
    assert {(path, signed) for method, path, signed in s3.asked if method == "DELETE"} == {
        (path, True) for path in without_keys(s3, method="PUT")
    }


def test_what_was_written_without_keys_and_cannot_be_removed_is_residue(s3: S3, storage: ObjectStorage) -> None:
    s3.rule = lambda *asked: (
        (200, b"") if asked[0] == "PUT" else (409, ERROR % b"Locked") if asked[0] == "DELETE" else proper(*asked)
    )
    with pytest.raises(ResidueLeft, match="Locked"):
        storage.strangers()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (500, b"InternalError", ProtocolBroken),
        (404, b"NoSuchBucket", ProtocolBroken),
        (403, b"AccessDenied", CredentialsRefused),
    ],
)
def test_an_error_of_s3s_own_to_the_sweep_is_a_typed_one(
    status: int, code: bytes, error: type[Exception], s3: S3, storage: ObjectStorage
) -> None:
    s3.rule = lambda *_: (status, ERROR % code)
    with pytest.raises(error, match=code.decode()):
        storage.round_trip()


def test_a_bucket_that_the_suite_may_not_list_is_not_taken_for_an_empty_one(s3: S3, storage: ObjectStorage) -> None:
    s3.rule = lambda *_: (403, ERROR % b"AccessDenied")
    with pytest.raises(CredentialsRefused):
        storage.strangers()
