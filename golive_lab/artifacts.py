"""Java artifacts of the lab: fetched once into the cache, each checked against the lock's size and sha256.

The lock (``artifacts.lock.json``) names paths inside any Maven repository. Where that repository is comes from
``GOLIVE_MAVEN_URL``, else from the resolver library's own default; nothing here names a host.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from golive.errors import LabUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from golive_lab.services.base import Progress

LOCK_FILE: Final = Path(__file__).with_name("artifacts.lock.json")
URL_VARIABLE: Final = "GOLIVE_MAVEN_URL"
OFFLINE_VARIABLE: Final = "GOLIVE_OFFLINE"
PARALLEL: Final = 4
ATTEMPTS: Final = 3
TIMEOUT: Final = 30.0
"""Seconds that a connection, or a pause within a download, may take."""
CHUNK: Final = 1 << 18
MB: Final = 1_000_000


@dataclass(frozen=True)
class Artifact:
    """One file of a Maven repository: ``path`` is relative to its root, ``size`` in bytes."""

    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.path.rpartition("/")[2]


def locked(group: str) -> tuple[Artifact, ...]:
    """The lock's artifacts of a group (``kafka``, ``keycloak``), in the lock's order."""
    content = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    return tuple(Artifact(**entry) for entry in content["groups"][group])


def version(name: str) -> str:
    """The release that the lock has of a server (``kafka``, ``opensearch``)."""
    return str(json.loads(LOCK_FILE.read_text(encoding="utf-8"))["versions"][name])


def digest(group: str) -> str:
    """16 hex digits that change with any artifact of the group; the key of what is built from them."""
    parts = "\n".join(artifact.sha256 for artifact in locked(group))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def fetch(group: str, cache: Path, progress: Progress) -> tuple[Path, ...]:
    """The files of a group in the cache, in the lock's order; what is absent is downloaded, a few at a time.

    Raises LabUnavailable, which names the artifact, what was tried and what can be done about it.
    """
    artifacts = locked(group)
    folder = cache / "artifacts"
    absent = [artifact for artifact in artifacts if not _complete(folder / artifact.path, artifact)]
    if absent:
        _fetch_all(group, absent, folder, progress)
    return tuple(folder / artifact.path for artifact in artifacts)


def repository_url() -> str:
    """Base URL of the Maven repository, without a slash at its end. Raises LabUnavailable where none is known."""
    url = os.environ.get(URL_VARIABLE)
    if not url:
        try:
            from jgo.maven import MavenContext
        except ImportError as error:
            raise LabUnavailable(
                "lab",
                f"no Maven repository is known: {URL_VARIABLE} is not set and jgo is not installed",
                hint=f"pip install -e '.[lab]', or set {URL_VARIABLE}",
            ) from error
        url = next(iter(MavenContext().remote_repos.values()))
    return url.rstrip("/")


def _complete(path: Path, artifact: Artifact) -> bool:
    # The sum too, each time: people copy files into the cache, and 45 MB take a twentieth of a second.
    return path.is_file() and path.stat().st_size == artifact.size and _sha256(path) == artifact.sha256


def _fetch_all(group: str, absent: Iterable[Artifact], folder: Path, progress: Progress) -> None:
    wanted = list(absent)
    if os.environ.get(OFFLINE_VARIABLE, "") not in {"", "0"}:
        raise LabUnavailable(
            group,
            f"{len(wanted)} files are not in the cache, or not whole (first: {wanted[0].path}), "
            f"and {OFFLINE_VARIABLE} is set",
            hint=f"unset {OFFLINE_VARIABLE} once, or copy the files into {folder} under those paths",
        )
    import httpx

    meter = _Meter(progress, sum(artifact.size for artifact in wanted))
    limits = httpx.Limits(max_connections=PARALLEL)
    with httpx.Client(timeout=TIMEOUT, limits=limits, follow_redirects=True, trust_env=True) as client:
        download = _Download(client, repository_url(), folder, group, meter)
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="fetch") as pool:
            futures = [pool.submit(download.artifact, artifact) for artifact in wanted]
            try:
                for future in futures:
                    future.result()
            finally:
                for future in futures:
                    future.cancel()


@dataclass
class _Meter:
    """Sums up what has arrived and says so, once a whole megabyte."""

    progress: Progress
    total: int
    _arrived: dict[str, int] = field(default_factory=dict)
    _said: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrived(self, artifact: Artifact, size: int) -> None:
        """So many bytes of this artifact are there by now."""
        with self._lock:
            self._arrived[artifact.path] = size
            done = sum(self._arrived.values())
            if done // MB > self._said:
                self._said = done // MB
                self.progress(f"downloading {done / MB:.0f}/{self.total / MB:.0f} MB")


@dataclass(frozen=True)
class _Download:
    client: httpx.Client
    base: str
    folder: Path
    group: str
    meter: _Meter

    def artifact(self, artifact: Artifact) -> None:
        """Download one artifact unless another process has done so meanwhile."""
        target = self.folder / artifact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        with FileLock(target.with_name(target.name + ".lock")):
            if _complete(target, artifact):
                self.meter.arrived(artifact, artifact.size)
                return
            self._attempts(artifact, part)
            part.replace(target)

    def _attempts(self, artifact: Artifact, part: Path) -> None:
        import httpx

        tried: list[str] = []
        for _ in range(ATTEMPTS):
            try:
                self._transfer(artifact, part)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                tried.append(_in_words(error))
                if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                    break  # asking again does not change that answer
                continue
            found = _sha256(part)
            if found == artifact.sha256:
                return
            tried.append(f"got other content: sha256 {found[:16]}…, the lock says {artifact.sha256[:16]}…")
            part.unlink()
        raise LabUnavailable(
            self.group,
            f"cannot download {artifact.path} from {self.client.build_request('GET', self.base).url.host}: "
            + "; ".join(dict.fromkeys(tried)),
            hint=f"set {URL_VARIABLE} to a Maven repository that this host reaches, or copy the file to "
            f"{self.folder / artifact.path}",
        )

    def _transfer(self, artifact: Artifact, part: Path) -> None:
        """Append to the part file what it lacks; starts anew where the server does not resume."""
        import httpx

        present = part.stat().st_size if part.exists() else 0
        if present >= artifact.size:
            present = 0
        headers = {"Range": f"bytes={present}-"} if present else {}
        with self.client.stream("GET", f"{self.base}/{artifact.path}", headers=headers) as response:
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            with part.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_raw(CHUNK):
                    file.write(chunk)
                    self.meter.arrived(artifact, file.tell())
        arrived = part.stat().st_size
        if arrived != artifact.size:
            raise httpx.ReadError(f"{arrived} bytes arrived, the lock says {artifact.size}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_words(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code} {error.response.reason_phrase}"
    return f"{type(error).__name__}: {error}"
