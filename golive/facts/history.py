"""Helm's history of a release, every revision that is kept; of manifest and values only digests and names remain."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from golive.clients.kubernetes import METADATA, ClusterClient
from golive.facts.helm import decoded, numbered, objects_of, value_at, values_sha256
from golive.facts.recent import Recent, anew
from golive.target import Target
from golive.target.cluster import Deployment
from golive.target.needed import required

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
ROLLBACK_EVENTS = frozenset({"pre-rollback", "post-rollback"})
WAS_DEPLOYED = frozenset({"deployed", "superseded"})
PENDING = "pending-rollback"
_FAILED = re.compile(r'(?:Release|Upgrade|Rollback) "[^"]*" failed: ')
_ROLLED = ("Rollback ", 'Release "')
"""How Helm begins its description of what a rollback made; the latter where that, or an install, did not get ready."""
UNINSTALLED = "uninstalled"
_REPLACED = "superseded by new release"
"""Helm's description of an uninstalled revision whose history was kept, once an install has replaced it."""


@dataclass(frozen=True)
class Content:
    """What a revision deployed. Rolling back repeats all of it, word for word."""

    chart: str
    tag: str
    values_sha256: str
    manifest_sha256: str


@dataclass(frozen=True)
class Revision:
    """One revision of a release, as Helm tells of it. ``status`` and ``description`` are Helm's own words."""

    number: int
    status: str
    description: str
    deployed: str
    """When it was begun, as Helm says it."""
    content: Content
    failed_hooks: tuple[str, ...] = ()
    """Hooks of a rollback to it that did not succeed, each with what became of it."""
    workloads: tuple[str, ...] = field(default=(), repr=False)
    services: tuple[str, ...] = field(default=(), repr=False)
    """Names of those that select pods."""
    installed: bool = False
    """Whether an install made it: the first revision, or by ``--replace`` one after an uninstall or a failure."""

    @property
    def was_deployed(self) -> bool:
        """Whether it once was what ran. One that failed never was, also where Helm calls it superseded by now."""
        return self.status in WAS_DEPLOYED and not _FAILED.match(self.description)

    @property
    def rolled(self) -> bool:
        """Whether Helm made it by a rollback: also one that failed, is under way, or undid a failed upgrade."""
        return not self.installed and (self.status == PENDING or self.description.startswith(_ROLLED))

    @property
    def uninstalled(self) -> bool:
        """Whether it was taken away, also where an install has replaced it since."""
        return self.status == UNINSTALLED or self.description == _REPLACED


@dataclass(frozen=True)
class History:
    """All revisions that are kept, oldest first; Helm keeps ten unless it is told otherwise."""

    release: str
    namespace: str
    revisions: tuple[Revision, ...]

    @property
    def newest(self) -> Revision | None:
        """What is, or was last tried to be, deployed."""
        return self.revisions[-1] if self.revisions else None

    def revision(self, number: int) -> Revision | None:
        """The one of that number; None where it is not kept."""
        return next((each for each in self.revisions if each.number == number), None)


def last_deployed(revisions: Sequence[Revision], other_than: str) -> Revision | None:
    """The last revision that was once deployed and is of another release than that tag; None where none is kept."""
    good = (each for each in reversed(revisions) if each.was_deployed and each.content.tag != other_than)
    return next(good, None)


def before_release(tag: str, revisions: Sequence[Revision]) -> tuple[Revision, ...] | None:
    """What is kept from before the latest run of revisions of that tag, oldest first; None where none is of it."""
    numbers = [place for place, each in enumerate(revisions) if each.content.tag == tag]
    if not numbers:
        return None
    start = numbers[-1]
    while start and revisions[start - 1].content.tag == tag:
        start -= 1
    return tuple(revisions[:start])


def deployed_tags(revisions: Sequence[Revision]) -> frozenset[str]:
    """The tags of those that were once deployed."""
    return frozenset(each.content.tag for each in revisions if each.was_deployed)


class Histories:
    """The application's release, asked anew for each fact unless another item's look is ``recent``."""

    def __init__(self, target: Target, item: str, recent: Recent | None = None) -> None:
        """Raises NotDescribed where the target has no [deployment], which ``item`` looks at."""
        self._recent = recent or anew()
        self._settings: Deployment = required(target.deployment, "deployment", item)
        self._namespace, self._client = target.cluster.application_namespace, ClusterClient(target)

    @property
    def application(self) -> History:
        """Every revision, each read whole."""
        return self._recent.of("Helm's history of the application", self._application)

    def _application(self) -> History:
        name = self._settings.application.release
        path = f"/api/v1/namespaces/{self._namespace}/secrets"
        kept = sorted(map(numbered, self._client.list(path, labels=f"owner=helm,name={name}", accept=METADATA)))
        return History(name, self._namespace, tuple(self._read(name, f"{path}/{secret}") for *_, secret in kept))

    def _read(self, name: str, path: str) -> Revision:
        return revision(decoded(name, self._client.get(path)), self._settings.application.tag)


def revision(record: Mapping[str, Any], tag: str) -> Revision:
    """A revision from Helm's record of it; ``tag`` is the dotted path of the release's tag in its values."""
    info, chart, given = record.get("info") or {}, record.get("chart") or {}, record.get("config") or {}
    about, manifest = chart.get("metadata") or {}, str(record.get("manifest", ""))
    content = Content(
        chart=f"{about.get('name')}-{about.get('version')}",
        tag=value_at(tag, given) or value_at(tag, chart.get("values") or {}),
        values_sha256=values_sha256(given),
        manifest_sha256=hashlib.sha256(manifest.encode()).hexdigest(),
    )
    objects = objects_of(manifest)
    return Revision(
        number=int(record.get("version", 0)),
        status=str(info.get("status", "")),
        description=str(info.get("description", "")),
        deployed=str(info.get("last_deployed", "")),
        content=content,
        failed_hooks=tuple(_failed(record.get("hooks") or ())),
        workloads=tuple(_name(each) for each in objects if each.get("kind") in WORKLOADS),
        services=tuple(_name(each) for each in objects if _selects(each)),
        # Upgrades and rollbacks take over when the release was first deployed.
        installed=bool(info.get("first_deployed")) and info.get("first_deployed") == info.get("last_deployed"),
    )


def _name(each: Mapping[str, Any]) -> str:
    return str((each.get("metadata") or {}).get("name", ""))


def _selects(each: Mapping[str, Any]) -> bool:
    return each.get("kind") == "Service" and bool((each.get("spec") or {}).get("selector"))


def _failed(hooks: Any) -> Iterator[str]:
    for hook in hooks:
        phase = str((hook.get("last_run") or {}).get("phase", ""))
        if ROLLBACK_EVENTS & set(hook.get("events") or ()) and phase not in {"", "Succeeded"}:
            yield f"{hook.get('name')}: {phase}"
