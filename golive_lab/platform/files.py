"""Files of the platform in object storage, one for each job."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from golive_lab.platform.config import HOST, ObjectStorage
from golive_lab.platform.web import Dependencies

if TYPE_CHECKING:
    from minio import Minio

LINK_LIVES = datetime.timedelta(minutes=10)


class FilesUnavailable(Exception):
    """Object storage did not answer, or refused."""


class Files:
    """Put, link, remove; from any thread."""

    def __init__(self, settings: ObjectStorage, dependencies: Dependencies) -> None:
        self._settings, self._dependencies = settings, dependencies
        self._client: Minio | None = None

    def put(self, name: str, content: bytes, media: str) -> None:
        """Raises FilesUnavailable."""
        bucket = self._settings.bucket
        self._attempt(lambda s3: s3.put_object(bucket, name, io.BytesIO(content), len(content), media))

    def remove(self, name: str) -> None:
        """Raises FilesUnavailable."""
        self._attempt(lambda s3: s3.remove_object(self._settings.bucket, name))

    def look(self) -> None:
        """Whether the bucket is there. Raises FilesUnavailable."""
        self._attempt(lambda s3: s3.bucket_exists(self._settings.bucket))

    def link(self, name: str) -> str:
        """A presigned address, good for ten minutes; made without asking the server."""
        return self._connected().presigned_get_object(self._settings.bucket, name, expires=LINK_LIVES)

    def _attempt(self, work: Callable[[Minio], object]) -> None:
        import urllib3
        from minio.error import MinioException

        try:
            work(self._connected())
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            self._dependencies.note("object_storage", up=False, why=error)
            raise FilesUnavailable(str(error)) from error
        self._dependencies.note("object_storage", up=True)

    def _connected(self) -> Minio:
        import urllib3
        from minio import Minio

        if self._client is None:
            settings = self._settings
            self._client = Minio(
                f"{HOST}:{settings.port}",
                settings.access_key_file.read_text(encoding="utf-8").strip(),
                settings.secret_key_file.read_text(encoding="utf-8").strip(),
                secure=False,
                region=settings.region,
                http_client=urllib3.PoolManager(timeout=urllib3.Timeout(2), retries=False),
            )
        return self._client
