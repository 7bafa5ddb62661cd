"""Bad worlds of object storage."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from golive_lab.control import LabHandle
from golive_lab.fault_proxy import FaultProxy
from golive_lab.worlds.registry import world

if TYPE_CHECKING:
    from minio import Minio


def owner_of(lab: LabHandle) -> Minio:
    """S3 as whoever may do anything there."""
    from minio import Minio

    place = urlsplit(lab.overlay()["object_storage"]["url"])
    keys = lab.secret("s3-admin-access-key"), lab.secret("s3-admin-secret-key")
    return Minio(place.netloc, *keys, secure=place.scheme == "https", region="us-east-1")


@contextmanager
def _everybody_may(lab: LabHandle, bucket: str, *actions: str) -> Iterator[None]:
    owner = owner_of(lab)
    everybody = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": [f"s3:{action}" for action in actions],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    owner.set_bucket_policy(bucket, json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    try:
        yield
    finally:
        owner.delete_bucket_policy(bucket)


@world
@contextmanager
def suite_bucket_public(lab: LabHandle) -> Iterator[None]:
    """Anybody may list the suite's bucket, and read what is in it."""
    with _everybody_may(lab, lab.status()["names"]["suite_bucket"], "GetObject", "ListBucket"):
        yield


@world
@contextmanager
def suite_bucket_readable(lab: LabHandle) -> Iterator[None]:
    """Anybody may read an object of the suite's bucket whose name they know."""
    with _everybody_may(lab, lab.status()["names"]["suite_bucket"], "GetObject"):
        yield


@world
@contextmanager
def platform_bucket_public(lab: LabHandle) -> Iterator[None]:
    """Anybody may list a bucket of the platform's, and read what is in it."""
    with _everybody_may(lab, lab.status()["names"]["buckets"][0], "GetObject", "ListBucket"):
        yield


@world
@contextmanager
def platform_bucket_readable(lab: LabHandle) -> Iterator[None]:
    """Anybody may read an object of a bucket of the platform's whose name they know."""
    owner, bucket, name = owner_of(lab), lab.status()["names"]["buckets"][0], "2026/prices & curves?.csv"
    owner.put_object(bucket, name, io.BytesIO(b"1"), 1)
    try:
        with _everybody_may(lab, bucket, "GetObject"):
            yield
    finally:
        owner.remove_object(bucket, name)


@world
@contextmanager
def platform_bucket_missing(lab: LabHandle) -> Iterator[None]:
    """A bucket that the platform needs is not there."""
    owner, bucket = owner_of(lab), lab.status()["names"]["buckets"][0]
    owner.remove_bucket(bucket)
    try:
        yield
    finally:
        owner.make_bucket(bucket)


@world
@contextmanager
def object_storage_wrong_bytes(lab: LabHandle) -> Iterator[None]:
    """What is read back differs from what was written, in one byte."""
    with _behind_a_proxy(lab) as proxy:
        proxy.corrupt_large_bodies()
        yield


@world
@contextmanager
def object_storage_cut_short(lab: LabHandle) -> Iterator[None]:
    """Answers with a body of more than a few kilobytes end in the middle."""
    with _behind_a_proxy(lab) as proxy:
        proxy.truncate_large_bodies()
        yield


@contextmanager
def _behind_a_proxy(lab: LabHandle) -> Iterator[FaultProxy]:
    """The server moves to a port behind; a faulty network stands at its address."""
    front = lab.status()["services"]["object_storage"]["port"]
    lab.restart("object_storage", ["behind"])
    behind = lab.status()["services"]["object_storage"]["port"]
    try:
        with FaultProxy(("127.0.0.1", behind), port=front) as proxy:
            yield proxy
    finally:
        lab.restart("object_storage")
