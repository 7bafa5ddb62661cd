"""Object storage: SeaweedFS speaking S3, with three identities and nothing for anybody else.

Options: ``without_suite`` no longer knows the suite's keys; ``open`` lets those without keys do anything;
``open_to_writes`` lets them write to the suite's bucket; ``behind`` listens on another port.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from golive.errors import LabUnavailable
from golive.waiting import Deadline, wait_until
from golive_lab import image_scans
from golive_lab.files import write_json
from golive_lab.folders import note_outside
from golive_lab.process import environment
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from minio import Minio

    from golive_lab.context import Lab

REGION = "us-east-1"
WRITE_SECONDS = 30.0
HELPER_PORTS: Mapping[str, str] = {
    "s3.port.grpc": "s3_grpc",
    "master.port": "master",
    "master.port.grpc": "master_grpc",
    "volume.port": "volume",
    "volume.port.grpc": "volume_grpc",
    "filer.port": "filer",
    "filer.port.grpc": "filer_grpc",
    "admin.port": "admin",
    "admin.port.grpc": "admin_grpc",
}
"""weed's flags for every port it would otherwise open at a fixed number."""


class ObjectStorageService(LabService):
    """One ``weed mini`` process: master, volume, filer and S3 gateway on loopback."""

    name: ClassVar[str] = "object_storage"
    system: ClassVar[str] = "object_storage"

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._home = lab.folder / "object_storage"
        self._identities = self._home / "identities.json"

    def prepare(self, progress: Progress) -> None:  # noqa: ARG002 - nothing here takes long
        """Make the data folder."""
        (self._home / "data").mkdir(mode=0o700, parents=True, exist_ok=True)

    def launch(self) -> Launch:
        """Every port explicit, every listener on loopback, no telemetry, no user interface."""
        write_json(self._identities, {"identities": self._who_may_what()})
        ports = {flag: self.lab.ports.take(f"object_storage_{name}") for flag, name in HELPER_PORTS.items()}
        note_outside(
            self.lab.folder,
            [
                # weed puts these sockets there whatever it is told, and leaves them behind when it is killed.
                Path(f"/tmp/seaweedfs-{flag.partition('.')[0]}-grpc-{port}.sock")  # noqa: S108 - not our choice
                for flag, port in ports.items()
                if flag.endswith(".grpc")
            ],
        )
        flags: dict[str, object] = {
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "dir": self._home / "data",
            "s3.port": self.current_port,
            **ports,
            "s3.config": self._identities,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._home / "s3.sock",
            "filer.localSocket": self._home / "filer.sock",
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 64,
            "volume.max": 40,
            "volume.preStopSeconds": 0,
            "admin.ui": "false",
            "webdav": "false",
            # An upload to a bucket that is not there must fail as it does on any other S3.
            "s3.autoCreateBucket": "false",
        }
        argv = (_weed(), "-logtostderr=true", "mini", *(f"-{flag}={value}" for flag, value in flags.items()))
        return Launch(argv, environment(HOME=str(self._home), TMPDIR=str(self._home)), self._home)

    def ready(self) -> str | None:
        """Whether the S3 gateway answers to the keys that only this lab knows, and its volumes take a write."""
        import urllib3
        from minio.error import MinioException

        try:
            self._client("admin").list_buckets()
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            return f"{type(error).__name__}: {error}"
        return None

    def settle(self, progress: Progress) -> None:
        """The suite's bucket and the platform's, each with volumes that take a write: the first one makes them."""
        names = self.lab.configuration.names
        client = self._client("admin")
        for bucket in (names.suite_bucket, *names.buckets):
            progress(f"volumes of bucket {bucket}")
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket)
            wait_until(
                lambda bucket=bucket: self._takes(bucket),  # type: ignore[misc] # bound to this bucket
                Deadline(self.name, f"the first write to bucket {bucket}", WRITE_SECONDS),
            )

        self._put_scans(client)

    def _put_scans(self, client: Minio) -> None:
        """The reports that a pipeline would have left."""
        if not client.bucket_exists(image_scans.BUCKET):
            client.make_bucket(image_scans.BUCKET)
        for key, report in image_scans.reports(self.lab.configuration.platform.release).items():
            content = json.dumps(report).encode()
            client.put_object(image_scans.BUCKET, key, io.BytesIO(content), len(content))

    def _takes(self, bucket: str) -> tuple[bool | None, str]:
        import urllib3
        from minio.error import MinioException

        client = self._client("admin")
        try:
            client.put_object(bucket, "lab-ready", io.BytesIO(b"1"), 1)
            client.remove_object(bucket, "lab-ready")
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            return None, f"{type(error).__name__}: {error}"
        return True, ""

    def overlay(self) -> dict[str, Any]:
        """Address and the suite's keys."""
        path = self.lab.secrets.path
        return {
            "object_storage": {
                "url": f"http://127.0.0.1:{self.lab.ports.take('object_storage')}",
                "region": REGION,
                "access_key": {"file": str(path("s3-golive-access-key"))},
                "secret_key": {"file": str(path("s3-golive-secret-key"))},
            }
        }

    def _who_may_what(self) -> list[dict[str, Any]]:
        names = self.lab.configuration.names
        suite = [f"{action}:{names.suite_bucket}" for action in ("Read", "Write", "List", "Tagging")]
        platform = [f"{action}:{bucket}" for bucket in names.buckets for action in ("Read", "Write", "List", "Tagging")]
        rights = {
            "admin": ["Admin", "Read", "Write", "List", "Tagging"],
            # The suite must see that the platform's buckets exist; what is in them is none of its business.
            "golive": [
                *suite,
                *(f"List:{bucket}" for bucket in names.buckets),
                *(f"{action}:{image_scans.BUCKET}" for action in ("Read", "List")),
            ],
            "platform": platform,
        }
        if "without_suite" in self.options.names:
            del rights["golive"]
        identities: list[dict[str, Any]] = [
            {"name": name, "credentials": [self._keys(name)], "actions": actions} for name, actions in rights.items()
        ]
        if "default_keys" in self.options.names:
            well_known = {"accessKey": "minioadmin", "secretKey": "minioadmin"}
            identities.append({"name": "default", "credentials": [well_known], "actions": ["Read", "List"]})
        if "open" in self.options.names:
            identities.append({"name": "anonymous", "actions": rights["admin"]})
        if "open_to_writes" in self.options.names:
            identities.append({"name": "anonymous", "actions": [f"Write:{names.suite_bucket}"]})
        return identities

    def _keys(self, name: str) -> dict[str, str]:
        secrets = self.lab.secrets
        return {"accessKey": secrets.get(f"s3-{name}-access-key"), "secretKey": secrets.get(f"s3-{name}-secret-key")}

    def _client(self, name: str) -> Minio:
        import urllib3
        from minio import Minio

        keys = self._keys(name)
        pool = urllib3.PoolManager(timeout=urllib3.Timeout(2), retries=False)
        return Minio(
            f"127.0.0.1:{self.current_port}",
            keys["accessKey"],
            keys["secretKey"],
            secure=False,
            region=REGION,
            http_client=pool,
        )


def _weed() -> str:
    beside_python = Path(sys.executable).parent / "weed"
    found = str(beside_python) if beside_python.exists() else shutil.which("weed")
    if found is None:
        raise LabUnavailable(
            "object_storage", f"no 'weed' beside {sys.executable} or on PATH", hint="pip install -e '.[lab]'"
        )
    return found
