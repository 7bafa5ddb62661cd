"""What Helm has deployed, read from its own records in the cluster; of values only digest and tag are kept."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from golive.clients.kubernetes import METADATA, SYSTEM, ClusterClient
from golive.errors import NoEvidence, ProtocolBroken
from golive.facts.drift import COLLECTIONS, AsRendered, as_rendered, comparable
from golive.facts.release import expected_tag
from golive.facts.rendered import objects_in
from golive.target import Target
from golive.target.cluster import Deployment, HelmRelease
from golive.target.needed import required

ABSENT = "absent"


@dataclass(frozen=True)
class Release:
    """The newest revision of a Helm release. ``status`` is Helm's own word, or ``absent``."""

    name: str
    namespace: str
    status: str
    revision: int = 0
    chart: str = ""
    """Name and version."""
    values_sha256: str = ""
    tag: str = ""
    deployed: str = ""
    """When, as Helm says it."""
    history: tuple[str, ...] = ()
    """Each revision that is kept, with its status."""


class Releases:
    """Both releases, asked anew for each fact."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [deployment], which ``item`` looks at."""
        self.settings: Deployment = required(target.deployment, "deployment", item)
        self._cluster, self._client = target.cluster, ClusterClient(target)

    @property
    def infrastructure(self) -> Release:
        """That of the stores and of the identity provider."""
        return self._newest(self.settings.infrastructure, self._cluster.infrastructure_namespace, "")

    @property
    def application(self) -> Release:
        """That of the platform's own services."""
        wanted = self.settings.application
        return self._newest(wanted, self._cluster.application_namespace, wanted.tag)

    @property
    def manifest(self) -> str:
        """What the application's newest revision renders, hooks too, as YAML. Raises NoEvidence where there is none."""
        wanted, namespace = self.settings.application, self._cluster.application_namespace
        kept = self._kept(wanted, namespace)
        if not kept:
            raise NoEvidence(SYSTEM, f"Helm knows no release {wanted.release} in {namespace}", hint="helm list -A")
        record = self._record(wanted, namespace, kept[-1])
        hooks = [str(each.get("manifest", "")) for each in record.get("hooks") or ()]
        return "\n---\n".join([str(record.get("manifest", "")), *hooks])

    @property
    def infrastructure_there(self) -> AsRendered:
        """What the infrastructure's newest revision renders beside what is there."""
        return self._there(self.settings.infrastructure, self._cluster.infrastructure_namespace)

    @property
    def application_there(self) -> AsRendered:
        """What the application's newest revision renders beside what is there."""
        return self._there(self.settings.application, self._cluster.application_namespace)

    def _there(self, wanted: HelmRelease, namespace: str) -> AsRendered:
        kept = self._kept(wanted, namespace)
        if not kept:
            return AsRendered(0)
        manifest = str(self._record(wanted, namespace, kept[-1]).get("manifest", ""))
        rendered = comparable(objects_of(manifest), namespace)
        there = {
            (kind, each["metadata"]["name"]): each
            for kind in sorted({kind for kind, _ in rendered})
            for each in self._client.list(COLLECTIONS[kind].format(namespace))
        }
        return as_rendered(rendered, there)

    def expected(self, tag: str) -> str:
        """The run's release. Raises WrongVersion where none is named."""
        return expected_tag(tag, SYSTEM)

    def _newest(self, wanted: HelmRelease, namespace: str, tag: str) -> Release:
        kept = self._kept(wanted, namespace)
        if not kept:
            return Release(wanted.release, namespace, ABSENT)
        record = self._record(wanted, namespace, kept[-1])
        history = tuple(f"{number} {status}" for number, status, _ in kept)
        return _release(wanted, namespace, kept[-1][0], record, tag, history)

    def _kept(self, wanted: HelmRelease, namespace: str) -> list[tuple[int, str, str]]:
        """Number, status and secret of each revision that is kept, the newest last."""
        labels = f"owner=helm,name={wanted.release}"
        return sorted(map(numbered, self._client.list(_secrets(namespace), labels=labels, accept=METADATA)))

    def _record(self, wanted: HelmRelease, namespace: str, revision: tuple[int, str, str]) -> dict[str, Any]:
        return decoded(wanted.release, self._client.get(f"{_secrets(namespace)}/{revision[2]}"))


def _secrets(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


def numbered(secret: Mapping[str, Any]) -> tuple[int, str, str]:
    """Number, status and name of a secret that holds a revision."""
    labels = secret["metadata"].get("labels", {})
    try:
        return int(labels["version"]), str(labels["status"]), str(secret["metadata"]["name"])
    except (KeyError, ValueError) as error:
        name = secret["metadata"].get("name")
        raise ProtocolBroken(SYSTEM, f"secret {name} is no record of Helm's: no {error}", hint="helm history") from None


def decoded(name: str, secret: Mapping[str, Any]) -> dict[str, Any]:
    """The record within: JSON, gzipped, in base64 of Helm's and once more of Kubernetes'."""
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        record = json.loads(gzip.decompress(packed))
    except (KeyError, TypeError, ValueError, binascii.Error, OSError, EOFError, zlib.error) as error:
        raise ProtocolBroken(
            SYSTEM, f"the record of release {name} cannot be read: {type(error).__name__}",
            hint="Helm 3 and 4 write it as a secret of type helm.sh/release.v1",
        ) from None  # fmt: skip
    if not isinstance(record, dict):
        raise ProtocolBroken(SYSTEM, f"the record of release {name} is no object", hint="helm get all")
    return record


def _release(
    wanted: HelmRelease, namespace: str, revision: int, record: Mapping[str, Any], tag: str, history: tuple[str, ...]
) -> Release:
    info, chart = record.get("info") or {}, record.get("chart") or {}
    about, given = chart.get("metadata") or {}, record.get("config") or {}
    return Release(
        name=wanted.release,
        namespace=namespace,
        status=str(info.get("status", "")),
        revision=revision,
        chart=f"{about.get('name')}-{about.get('version')}",
        values_sha256=values_sha256(given),
        tag=value_at(tag, given) or value_at(tag, chart.get("values") or {}),
        deployed=str(info.get("last_deployed", "")),
        history=history,
    )


def objects_of(manifest: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a manifest in Helm's records. Raises ProtocolBroken for what is no YAML."""
    try:
        return objects_in(manifest)
    except ValueError:
        # Never the library's words: they repeat what stands there.
        raise ProtocolBroken(SYSTEM, "a manifest in Helm's records is no YAML", hint="helm get manifest") from None


def values_sha256(values: Mapping[str, Any]) -> str:
    """Of the values as ``jq -cS .`` writes them."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{text}\n".encode()).hexdigest()


def value_at(path: str, values: Any) -> str:
    """What stands at a dotted path; empty where nothing does."""
    for name in filter(None, path.split(".")):
        values = values.get(name) if isinstance(values, Mapping) else None
    return "" if not path or values is None else str(values)
