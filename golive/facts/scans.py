"""The scan of every running image: the report for its digest, how old it is, and what it found."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.object_storage import ObjectStorageClient, S3Said, refused
from golive.errors import CannotEstablish
from golive.facts.cluster_images import ClusterImages, ImageInUse, declared_workloads
from golive.facts.images import Image
from golive.facts.recent import Recent
from golive.facts.scan_reports import ScanReport, digest_in, read_report
from golive.target import Target
from golive.target.base import AnswerField
from golive.target.needed import required

ITEM: Final = "security.vulnerability_scan"
MOST: Final = 500
"""Reports that are looked through."""
DAY: Final = 86_400
NO_PACKAGE: Final = "found no package at all"
UNTOLD: Final = "names no package, so nothing says that it could read the image; Trivy's JSON lists them all"
"""Of formats that name packages only beside what they found in them."""


@dataclass(frozen=True)
class RunningImage:
    """An image that runs and who runs it; the digest is empty where nobody says it."""

    image: str
    users: tuple[str, ...]
    """Workloads as ``namespace/name``, or a pod of none; services, where these were asked."""
    digest: str


@dataclass(frozen=True)
class Scanned:
    """The newest report for an image that runs. ``wrong`` is empty where it is as it must be."""

    image: str
    scanner: str
    age_days: float
    packages: int
    critical: tuple[str, ...]
    ignored: tuple[str, ...]
    waived: tuple[str, ...]
    wrong: tuple[str, ...]


class Scans:
    """Reports in a bucket, beside what runs."""

    def __init__(self, target: Target, recent: Recent | None = None) -> None:
        self._target, self._images = target, ClusterImages(target, recent)
        self._scans = required(target.scans, "scans", ITEM)
        self._http = HttpClient("services", target.limits, target.ca_file)

    @property
    def declared(self) -> frozenset[str]:
        """Who must be among the users of what runs. Raises NotDescribed where workloads count and none is declared."""
        if self._scans.digest is not None:
            return frozenset(self._target.services)
        return declared_workloads(self._target, ITEM)

    def running(self) -> tuple[RunningImage, ...]:
        """Every image that the pods of both namespaces run, or the services say they do. Raises the first error."""
        if self._scans.digest is None:
            return tuple(each for used in self._images.in_use() for each in _running(used))
        answers = self._http.ask_all({name: Request(one.health) for name, one in self._target.services.items()})
        place = self._scans.digest
        return tuple(RunningImage(name, (name,), _digest(answer, place)) for name, answer in answers.items())

    def reports(self) -> tuple[ScanReport, ...]:
        """Every report that is there. Raises CredentialsRefused or ProtocolBroken where the bucket cannot be read."""
        scans = self._scans
        client = ObjectStorageClient(self._target)
        place = f"bucket {scans.bucket}"
        try:
            names = client.first_keys(scans.bucket, scans.prefix, MOST)
            found = [read_report(_json(client.get(scans.bucket, name))) for name in names]
        except S3Said as said:
            raise refused(place, said) from said
        return tuple(report for report in found if report is not None)

    def of(self, image: RunningImage, reports: tuple[ScanReport, ...]) -> Scanned:
        """What the newest report for that image's digest says, and what is wrong with it."""
        its = [report for report in reports if image.digest and image.digest in report.digests]
        if not its:
            words = f"no report for {image.digest}" if image.digest else "does not say which image it runs"
            return Scanned(image.image, "", 0, 0, (), (), (), (words,))
        oldest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        report = max(its, key=lambda one: one.made or oldest)
        waived = (report.critical | report.ignored_critical) & self._waivers()
        age = _days_since(report.made)
        return Scanned(
            image.image, report.scanner, round(age, 2), report.packages, tuple(sorted(report.critical)),
            tuple(sorted(report.ignored or ())), tuple(sorted(waived)), tuple(self._wrong(report, age, waived)),
        )  # fmt: skip

    def _wrong(self, report: ScanReport, age: float, waived: frozenset[str]) -> list[str]:
        most, known = self._scans.max_age_days, _days_since(report.known_until)
        wrong = {
            "does not say when it was made": report.made is None,
            f"{age:.1f} days old, at most {most:g}": age > most,
            f"knew no vulnerability of the last {known:.1f} days, at most {most:g}": known > most,
            f"{report.unsupported} gets no security advisories any more": bool(report.unsupported),
            "is dated in the future": report.made is not None and age < -1 / 24,
            NO_PACKAGE if report.scanner == "trivy" else UNTOLD: report.packages == 0,
            "does not say what it was told to ignore": report.ignored is None,
        }
        critical = sorted((report.critical | report.ignored_critical) - waived)
        return [words for words, holds in wrong.items() if holds] + [f"critical: {each}" for each in critical]

    def _waivers(self) -> frozenset[str]:
        today = datetime.datetime.now(datetime.UTC).date()
        return frozenset(waiver.id for waiver in self._scans.waivers if today <= waiver.until)


def _days_since(time: datetime.datetime | None) -> float:
    """-1 where nobody says since when."""
    return (datetime.datetime.now(datetime.UTC) - time).total_seconds() / DAY if time else -1.0


def _running(used: ImageInUse) -> Iterator[RunningImage]:
    """Each digest that runs under a reference: pods of one workload may differ."""
    name = Image.of(used.reference).short
    for digest in sorted({Image.of(each.runs).digest for each in used.containers}):
        pods = tuple(each.pod for each in used.containers if Image.of(each.runs).digest == digest)
        yield RunningImage(name, used.workloads or pods, digest)


def _digest(answer: Answer | CannotEstablish, place: AnswerField) -> str:
    if isinstance(answer, CannotEstablish):
        raise answer
    return digest_in(answer.value(place))


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None
