"""S3 with the suite's own keys: every call under a total deadline, no retries."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from golive.clients import tls
from golive.clients.deadlines import client_deadline, within
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, Unreachable
from golive.target import Target
from golive.waiting import Deadline

if TYPE_CHECKING:
    import urllib3
    from minio import Minio

SYSTEM = "object_storage"
T = TypeVar("T")
_OUR_KEYS_REFUSED = {
    "AccessDenied",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}


class S3Said(Exception):
    """S3 answered the request with an error code of its own. A fact; the caller decides what it means."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code

    @property
    def refuses(self) -> bool:
        """Whether the keys or their rights are what S3 minds."""
        return self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or self.code in _OUR_KEYS_REFUSED


@dataclass(frozen=True)
class Keys:
    """A pair of keys, neither of which is ever shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


class ObjectStorageClient:
    """Calls of S3, one connection pool each. Besides the typed errors they raise S3Said."""

    def __init__(self, target: Target) -> None:
        self.settings, self.limits, self._ca_file = target.object_storage, target.limits, target.ca_file
        self.http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def keys(self) -> Keys:
        """The suite's keys. Raises CredentialsRefused where they cannot be read."""
        return Keys(
            secret(SYSTEM, "access key of the suite", self.settings.access_key),
            secret(SYSTEM, "secret key of the suite", self.settings.secret_key),
        )

    def get_without_keys(self, path: str, *, first_byte: bool = False) -> Answer:
        """The answer to a plain request for a path (and query) below the endpoint, without any keys.

        ``first_byte`` asks for no more than that of an object, lest a public one be downloaded.
        """
        headers = {"Range": "bytes=0-0"} if first_byte else {}
        return self.http.ask(Request(self.settings.url.rstrip("/") + path, headers=headers))

    def put_without_keys(self, path: str, data: bytes) -> Answer:
        """The answer to an upload to a path below the endpoint without any keys."""
        return self.http.ask(Request(self.settings.url.rstrip("/") + path, "PUT", content=data))

    def first_keys(self, bucket: str, prefix: str, count: int, *, keys: Keys | None = None) -> list[str]:
        """Names of up to ``count`` objects below the prefix."""

        def work(s3: Minio) -> list[str]:
            names: list[str] = []
            for found in s3.list_objects(bucket, prefix=prefix, recursive=True):
                names.append(str(found.object_name))
                if len(names) >= count:
                    break
            return names

        return self._run(f"listing {bucket}", work, keys=keys)

    def put(self, bucket: str, key: str, data: bytes) -> str:
        """Write an object; gives its version, empty where the bucket keeps none."""
        return self._run(
            f"writing an object to {bucket}",
            lambda s3: s3.put_object(bucket, key, io.BytesIO(data), len(data)).version_id or "",
        )

    def get(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""

        def work(s3: Minio) -> bytes:
            response = s3.get_object(bucket, key)
            try:
                return bytes(response.read())
            finally:
                response.close()

        return self._run(f"reading an object from {bucket}", work)

    def get_presigned(self, bucket: str, key: str) -> Answer:
        """The answer to a URL that was signed for one minute, asked for as anybody could who was given it."""
        url = self._run(
            f"signing a URL for {bucket}",
            lambda s3: str(s3.presigned_get_object(bucket, key, expires=timedelta(minutes=1))),
        )
        return self.http.ask(Request(url))

    def delete(self, bucket: str, key: str, version: str = "") -> None:
        """Remove an object, and that version of it for good where the bucket keeps versions."""
        self._run(
            f"removing an object from {bucket}", lambda s3: s3.remove_object(bucket, key, version_id=version or None)
        )

    def _run(self, name: str, work: Callable[[Minio], T], *, keys: Keys | None = None) -> T:
        from minio import Minio
        from minio import error as s3_errors
        from urllib3 import exceptions

        used = keys or self.keys()
        deadline = client_deadline(SYSTEM, f"{name} at {self.settings.url}", self.limits.operation)
        sockets: list[socket.socket] = []
        parts = urlsplit(self.settings.url)
        s3 = Minio(
            parts.netloc,
            used.access_key,
            used.secret_key,
            secure=parts.scheme == "https",
            region=self.settings.region,
            http_client=self._pool(sockets),
        )
        try:
            return within(deadline, lambda: work(s3), abandon=lambda: _shut(sockets))
        except s3_errors.S3Error as error:
            raise S3Said(error.response.status, error.code or "without a code") from error
        except (exceptions.HTTPError, OSError) as error:
            raise _typed(name, self.settings.url, deadline, error) from error
        except (s3_errors.MinioException, ValueError) as error:
            raise ProtocolBroken(
                SYSTEM, f"{name}: not an answer of S3: {_short(error)}", hint=f"does S3 listen at {self.settings.url}?"
            ) from error

    def _pool(self, sockets: list[socket.socket]) -> urllib3.PoolManager:
        """A pool whose sockets are known, so that they can be shut from outside when the deadline passes."""
        import urllib3

        class Connection(urllib3.connection.HTTPConnection):
            def connect(self) -> None:
                super().connect()
                sockets.append(self.sock)

        class SecureConnection(urllib3.connection.HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                sockets.append(self.sock)

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = SecureConnection

        timeout = urllib3.Timeout(connect=self.limits.connect, read=self.limits.operation)
        context = tls.context(SYSTEM, self._ca_file) if self.settings.url.startswith("https:") else None
        manager = urllib3.PoolManager(timeout=timeout, retries=False, ssl_context=context)
        manager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
        return manager


def _shut(sockets: list[socket.socket]) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _typed(name: str, url: str, deadline: Deadline, error: Exception) -> CannotEstablish:
    from urllib3 import exceptions

    wrong = _find(error, ssl.SSLError)
    if isinstance(wrong, ssl.SSLError):
        return tls.failed(SYSTEM, urlsplit(url).netloc, wrong)
    if isinstance(error, exceptions.NewConnectionError | exceptions.NameResolutionError):
        return Unreachable(SYSTEM, f"{name}: no connection to {url}: {_short(error)}", hint=f"is S3 up at {url}?")
    if isinstance(error, exceptions.TimeoutError):
        return deadline.expired(_short(error))
    if isinstance(error, exceptions.ProtocolError) and _find(error, ConnectionError) is not None:
        return Unreachable(
            SYSTEM, f"{name}: {url} closed the connection without an answer", hint="the server's own log says why"
        )
    return ProtocolBroken(SYSTEM, f"{name}: not an answer of S3: {_short(error)}", hint=f"does S3 listen at {url}?")


def _find(error: Any, kind: type[BaseException]) -> BaseException | None:
    """An exception of that kind in the chain of causes and of urllib3's nested arguments."""
    seen: list[Any] = [error]
    while seen:
        each = seen.pop()
        if isinstance(each, kind):
            return each
        if isinstance(each, BaseException):
            seen += [each.__cause__, each.__context__, *each.args]
    return None


def _short(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def refused(place: str, said: S3Said) -> CredentialsRefused:
    """The error for an answer that refuses the suite's own keys."""
    return CredentialsRefused(
        SYSTEM,
        f"{place}: S3 answered {said} to the suite's keys",
        hint="do the keys of the target exist, and does their policy grant this?",
    )


def unexpected(place: str, said: S3Said) -> ProtocolBroken:
    """The error for an answer that neither gives what was asked for nor minds the suite's keys."""
    return ProtocolBroken(
        SYSTEM, f"{place}: S3 answered {said} to a plain request", hint="the server's own log at this moment says more"
    )
