"""Object storage: alive and ready, buckets there, an object's way through, and nothing for those without keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from golive.clients.http import Answer
from golive.clients.object_storage import Keys, ObjectStorageClient, S3Said, refused, unexpected
from golive.errors import CannotEstablish, ResidueLeft
from golive.facts.stranger import Stranger
from golive.residue import RunId
from golive.target import Target

SIZE = 64 * 1024
"""Bytes of the object that is sent through."""
PREFIX = "golive-"
_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_MOST_SWEPT = 10_000
T = TypeVar("T")


@dataclass(frozen=True)
class StorageHealth:
    """Status of the declared health paths, and of each declared bucket: ``present``, ``missing`` or what S3 said."""

    live: int
    ready: int
    buckets: dict[str, str]


@dataclass(frozen=True)
class ObjectEcho:
    """One object's way through the suite's bucket. Contents are shown as hashes, everything else as S3 said it."""

    sent: str
    put: str
    got: str
    presigned: str
    anonymous: str
    """What somebody without keys was told who asked for it while it was there: ``refused``."""
    deleted: str
    afterwards: str
    """What S3 says of the object once it is deleted: ``404 NoSuchKey``."""


class ObjectStorage:
    """The endpoint, asked anew for each fact."""

    def __init__(self, target: Target, run: RunId) -> None:
        self.settings = target.object_storage
        self._client, self._run = ObjectStorageClient(target), run

    @property
    def buckets(self) -> tuple[str, ...]:
        """The suite's bucket and the platform's."""
        return (self.settings.suite_bucket, *sorted(self.settings.buckets - {self.settings.suite_bucket}))

    def health(self) -> StorageHealth:
        """Live, ready, and whether every declared bucket is there.

        Raises CredentialsRefused where the suite's keys may not know: S3 then tells nothing either way.
        """
        live = self._client.get_without_keys(self.settings.live).status
        ready = self._client.get_without_keys(self.settings.ready).status
        return StorageHealth(live, ready, {bucket: self._state_of(bucket) for bucket in self.buckets})

    def round_trip(self) -> ObjectEcho:
        """Put an object, get it back with keys and by a presigned URL, delete it, see that it is gone.

        What dead runs left goes first.

        Raises ResidueLeft where it was written and S3 would not remove it.
        """
        self.sweep()
        bucket, key = self.settings.suite_bucket, self._new_key()
        data = secrets.token_bytes(SIZE)
        versions: list[str] = []
        try:
            return self._through(bucket, key, data, versions)
        except CannotEstablish:
            # The way itself is broken, and says why; what cannot be removed now is removed by the next sweep.
            if versions:
                with suppress(CannotEstablish, S3Said):
                    self._client.delete(bucket, key, versions[0])
            raise

    def strangers(self) -> tuple[Stranger, ...]:
        """What is told to those without keys, and to one with a wrong secret key.

        Without keys each bucket is listed, its unfinished uploads too, each of the platform's is read, and the suite's
        own is written to, under the run's prefix. ``round_trip`` says what of reading the suite's own.

        Raises ResidueLeft where that was written and S3 would not remove it.
        """
        tries: list[Stranger] = []
        for bucket in self.buckets:
            tries.append(self._anonymous(f"list {bucket}", f"/{bucket}?list-type=2"))
            tries.append(self._anonymous(f"list uploads to {bucket}", f"/{bucket}?uploads"))
        tries += [self._reader(bucket) for bucket in self.buckets if bucket != self.settings.suite_bucket]
        return (*tries, self._writer(), self._wrong_secret())

    def sweep(self) -> list[str]:
        """Remove the objects in the suite's bucket whose runs are expired or dead; names of what went.

        Raises CredentialsRefused or ProtocolBroken where S3 would not list them, ResidueLeft where not remove them.
        """
        bucket = self.settings.suite_bucket
        found = _typed(bucket, lambda: self._client.first_keys(bucket, PREFIX, _MOST_SWEPT))
        dead = [key for key in found if (owner := RunId.owner_of(key)) is not None and owner.may_be_removed()]
        for key in dead:
            self._delete(bucket, key)
        return [f"{bucket}/{key}" for key in dead]

    def _state_of(self, bucket: str) -> str:
        """By a listing below the suite's own prefix: it needs the same right as a HEAD, and says more."""

        def listed() -> str:
            try:
                self._client.first_keys(bucket, f"{self._run.prefix}/", 1)
            except S3Said as said:
                if said.code == "NoSuchBucket":
                    return "missing"
                raise
            return "present"

        return _step(bucket, listed)

    def _through(self, bucket: str, key: str, data: bytes, versions: list[str]) -> ObjectEcho:
        def put() -> str:
            versions.append(self._client.put(bucket, key, data))
            return "done"

        written = _step(bucket, put)
        got = _step(bucket, lambda: _hash(self._client.get(bucket, key)))
        presigned = _step(bucket, lambda: self._presigned(bucket, key))
        anonymous = _told(self._client.get_without_keys(_path(bucket, key), first_byte=True))
        deleted = self._delete(bucket, key, versions[0]) if versions else "nothing to delete"
        afterwards = _step(bucket, lambda: f"still there: {_hash(self._client.get(bucket, key))}")
        return ObjectEcho(_hash(data), written, got, presigned, anonymous, deleted, afterwards)

    def _presigned(self, bucket: str, key: str) -> str:
        answer = self._client.get_presigned(bucket, key)
        return _hash(answer.body) if answer.status == HTTPStatus.OK else f"HTTP {answer.status}"

    def _delete(self, bucket: str, key: str, version: str = "") -> str:
        try:
            self._client.delete(bucket, key, version)
        except S3Said as said:
            raise ResidueLeft(f"object_storage: {bucket}/{key} could not be removed: {said}") from said
        return "done"

    def _new_key(self) -> str:
        return f"{self._run.prefix}/{secrets.token_hex(8)}"

    def _anonymous(self, tried: str, path: str) -> Stranger:
        return _stranger(tried, self._client.get_without_keys(path))

    def _reader(self, bucket: str) -> Stranger:
        """Of an object that is there, else of one that is not, which must be refused as well.

        Raises CredentialsRefused where the suite may not know whether one is: reading nothing would then prove nothing.
        """
        key = next(iter(_typed(bucket, lambda: self._client.first_keys(bucket, "", 1))), "")
        tried = f"read {bucket}" if key else f"read from {bucket}, which is empty,"
        path = _path(bucket, key or self._new_key())
        return _stranger(tried, self._client.get_without_keys(path, first_byte=True))

    def _writer(self) -> Stranger:
        """Of an object of the run's own; removed where it was taken."""
        bucket, key = self.settings.suite_bucket, self._new_key()
        answer = self._client.put_without_keys(_path(bucket, key), b"written without keys")
        if answer.status < HTTPStatus.BAD_REQUEST:
            self._delete(bucket, key, answer.headers.get("x-amz-version-id", ""))
        return _stranger(f"write to {bucket}", answer)

    def _wrong_secret(self) -> Stranger:
        keys = Keys(self._client.keys().access_key, secrets.token_urlsafe(30))
        bucket = self.settings.suite_bucket
        tried = f"list {bucket} with a wrong secret key"
        try:
            self._client.first_keys(bucket, self._run.prefix, 1, keys=keys)
        except S3Said as said:
            return Stranger(tried, "refused" if said.refuses else "neither refused nor answered", str(said))
        return Stranger(tried, "answered", "a listing")


def _typed(bucket: str, work: Callable[[], T]) -> T:
    """The result; where S3 answers with an error of its own, CredentialsRefused or ProtocolBroken."""
    try:
        return work()
    except S3Said as said:
        raise (refused(bucket, said) if said.refuses else unexpected(bucket, said)) from said


def _step(bucket: str, work: Callable[[], str]) -> str:
    """The step's result in words, also where S3 answers with an error of its own; CredentialsRefused for our keys."""
    try:
        return work()
    except S3Said as said:
        if said.refuses:
            raise refused(bucket, said) from said
        return str(said)


def _path(bucket: str, key: str) -> str:
    return f"/{bucket}/{quote(key)}"


def _told(answer: Answer) -> str:
    return "refused" if answer.status in _REFUSALS else f"answered: HTTP {answer.status}"


def _stranger(tried: str, answer: Answer) -> Stranger:
    state = "refused" if answer.status in _REFUSALS else "answered"
    return Stranger(f"{tried} without keys", state, f"HTTP {answer.status}")


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"
