"""What admission refuses in each namespace, tried by server-side dry runs, and whether what runs already complies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from golive.clients.kubernetes import SYSTEM, ClusterClient, Said
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.facts.pod_standard import violations
from golive.target import Target

LABEL = "pod-security.kubernetes.io/enforce"
REFUSED_BY = "violates PodSecurity"
ADMITTED, REFUSED = "admitted", "refused by Pod Security"
GOOD_CONTAINER: Mapping[str, Any] = {
    "name": "golive",
    "image": "golive.invalid/never-pulled:dry-run",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "1Mi"}},
}
GOOD: Mapping[str, Any] = {
    "automountServiceAccountToken": False,
    "restartPolicy": "Never",
    "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [GOOD_CONTAINER],
}
"""A pod that the restricted profile allows."""


@dataclass(frozen=True)
class Admission:
    """What one namespace enforces, and what became of each pod that was tried; ``said`` in the server's own words."""

    namespace: str
    enforced: str
    tried: Mapping[str, str]
    said: Mapping[str, str]


@dataclass(frozen=True)
class Breach:
    """A pod that is there already and breaks the level."""

    pod: str
    """``namespace/name``."""
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Compliance:
    """All pods of both namespaces against the level."""

    level: str
    pods: int
    breaches: tuple[Breach, ...]


class PodSecurity:
    """Both namespaces, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.settings = target.cluster
        self._client = ClusterClient(target)

    @property
    def admissions(self) -> tuple[Admission, ...]:
        """Dry runs in each namespace: a good pod, which must be let in, or no refusal says anything, and bad ones."""
        return tuple(self._admission(name) for name in self._namespaces)

    @property
    def expected(self) -> dict[str, str]:
        """What must become of the pods that are tried, at the target's level."""
        return {"good": ADMITTED} | dict.fromkeys(_bad(self.settings.pod_security), REFUSED)

    @property
    def compliance(self) -> Compliance:
        """Every pod that is there, also one that came before the level did."""
        found = {f"{name}/{pod['metadata']['name']}": pod for name in self._namespaces for pod in self._pods(name)}
        level = self.settings.pod_security
        broken = {name: violations(pod, level) for name, pod in found.items()}
        breaches = tuple(Breach(name, words) for name, words in broken.items() if words)
        return Compliance(level, len(found), breaches)

    @property
    def _namespaces(self) -> tuple[str, ...]:
        return self.settings.application_namespace, self.settings.infrastructure_namespace

    def _pods(self, namespace: str) -> tuple[dict[str, Any], ...]:
        return self._client.list(f"/api/v1/namespaces/{namespace}/pods")

    def _admission(self, namespace: str) -> Admission:
        labels = self._client.get(f"/api/v1/namespaces/{namespace}")["metadata"].get("labels") or {}
        pods = {"good": GOOD, **_bad(self.settings.pod_security)}
        answers = {name: self._dry_run(namespace, spec) for name, spec in pods.items()}
        tried = {name: _outcome(namespace, name, said) for name, said in answers.items()}
        said = {name: said.message[:200] for name, said in answers.items() if said.message}
        return Admission(namespace, labels.get(LABEL, "nothing"), tried, said)

    def _dry_run(self, namespace: str, spec: Mapping[str, Any]) -> Said:
        name = f"golive-dry-run-{uuid.uuid4().hex[:8]}"
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        return self._client.ask("POST", f"/api/v1/namespaces/{namespace}/pods", query={"dryRun": "All"}, body=pod)


def _bad(level: str) -> dict[str, Mapping[str, Any]]:
    """Pods that break a level, each by one thing alone."""
    privileged = {**GOOD_CONTAINER, "securityContext": {"privileged": True}}
    volume = {"name": "host", "hostPath": {"path": "/"}}
    found: dict[str, Mapping[str, Any]] = {
        "privileged": {**GOOD, "containers": [privileged]},
        "host path": {**GOOD, "volumes": [volume]},
        "host network": {**GOOD, "hostNetwork": True},
    }
    return {**found, **_bad_restricted()} if level == "restricted" else found


def _bad_restricted() -> dict[str, Mapping[str, Any]]:
    """Of the profile's parts that came one after the other: a version pinned to an early one lacks the later."""
    runtime, context = {"type": "RuntimeDefault"}, GOOD_CONTAINER["securityContext"]
    escalating, capable = {**context, "allowPrivilegeEscalation": True}, {**context, "capabilities": {}}
    return {
        "root": {**GOOD, "securityContext": {"seccompProfile": runtime, "runAsNonRoot": False, "runAsUser": 0}},
        "escalation": {**GOOD, "containers": [{**GOOD_CONTAINER, "securityContext": escalating}]},
        "all capabilities": {**GOOD, "containers": [{**GOOD_CONTAINER, "securityContext": capable}]},
        "no seccomp": {**GOOD, "securityContext": {"runAsNonRoot": True, "runAsUser": 65534}},
    }


def _outcome(namespace: str, name: str, said: Said) -> str:
    if said.status == HTTPStatus.CREATED:
        return ADMITTED
    if said.status == HTTPStatus.FORBIDDEN and REFUSED_BY in said.message:
        return REFUSED
    if said.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "cannot create resource" in said.message:
        raise CredentialsRefused(
            SYSTEM,
            f"{namespace}: {said.message[:200]}",
            hint="bind deploy/rbac/probe.yaml, which allows dry runs alone",
        )
    if said.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return f"refused otherwise: {said.message[:120]}"
    raise ProtocolBroken(SYSTEM, f"{namespace}: a dry run of a {name} pod: HTTP {said.status}, {said.message[:200]}")
