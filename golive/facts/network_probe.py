"""Pods of the suite's own that try connections: a Job each, which no Service selects, and which ends by itself.

The cluster removes them too: their time is limited, and a Job that is over goes a minute after the last one may be,
also when the suite that made it is gone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from golive.clients import inside_pod
from golive.clients.kubernetes import SYSTEM, ClusterClient, Said
from golive.errors import CannotEstablish, CredentialsRefused, NoEvidence, ProtocolBroken, ResidueLeft
from golive.facts.network_policy_rules import Policy
from golive.facts.network_tries import OUTCOMES, Source
from golive.facts.pod_security import GOOD, GOOD_CONTAINER
from golive.residue import RunId
from golive.target.network import NetworkProbe
from golive.waiting import Deadline, wait_until

LABEL = "golive-probe"
"""Carried by Jobs and pods; its value tells one look from another."""
ADDED = frozenset(
    {LABEL, "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid", "job-name", "controller-uid"}
)
"""Labels that a probe has and that its source has not."""
SETTLE = 5.0
"""Seconds that a network plugin has for making a new pod known on every node."""
KEPT = 60
"""Seconds that a Job is kept once the last one is over: all of them are read together."""
SECONDS = 3.0
"""A try's own time: long enough for a lost packet or two."""
_GONE = {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND}


class Probes:
    """One look at a time."""

    def __init__(self, client: ClusterClient, settings: NetworkProbe, run: RunId) -> None:
        self._client, self._settings, self._run = client, settings, run
        self._mark = secrets.token_hex(4)
        self._longest = max(1, int(settings.seconds))

    def letters(self, sources: Sequence[Source], policies: Iterable[Policy]) -> tuple[list[str], str]:
        """A letter for each try of each source, and who tried.

        Raises NoEvidence where probes would not be like their sources, or would serve somebody; TimedOut where they are
        not over in time; ResidueLeft where one could not be removed.
        """
        self._refuse_others(sources, policies)
        names = {f"golive-{self._mark}-{number}": source for number, source in enumerate(sources)}
        with self._jobs(names):
            deadline = Deadline(SYSTEM, "the probes' being over", self._settings.seconds)
            messages = wait_until(lambda: self._over(names), deadline, interval=0.5)
        read = [_read(names[name], messages[name]) for name in names]
        return [letters for letters, _ in read], ", ".join(sorted({by for _, by in read}))

    def _refuse_others(self, sources: Sequence[Source], policies: Iterable[Policy]) -> None:
        for policy in policies:
            if policy.pod_label_keys & ADDED:
                raise NoEvidence(SYSTEM, f"{policy} goes by a label that a probe has and its source has not")
        services = {
            space: self._client.list(f"/api/v1/namespaces/{space}/services")
            for space in sorted({source.namespace for source in sources})
        }
        for source in sources:
            for service in services[source.namespace]:
                selector = (service.get("spec") or {}).get("selector")
                if selector and selector.items() <= source.labels.items():
                    raise NoEvidence(
                        SYSTEM,
                        f"a probe with the labels by which policies know {source.label} would join the Service "
                        f"{source.namespace}/{service['metadata']['name']} and get its calls",
                        hint="let policies go by fewer labels of a pod than its Service, or the Service by one more",
                    )

    @contextmanager
    def _jobs(self, names: Mapping[str, Source]) -> Iterator[None]:
        made: list[str] = []
        try:
            for name, source in names.items():
                path = f"/apis/batch/v1/namespaces/{source.namespace}/jobs"
                said = self._client.ask("POST", path, body=self._job(name, source))
                if said.status != HTTPStatus.CREATED:
                    raise _refused(f"{source.namespace}: the probe of {source.label}", said)
                made.append(f"{path}/{name}")
            yield
        finally:
            self._remove(made)

    def _remove(self, paths: Iterable[str]) -> None:
        """All of them, whatever becomes of one. Raises ResidueLeft with those that could not be removed."""
        left = []
        for path in paths:
            try:
                said = self._client.ask("DELETE", path, query={"propagationPolicy": "Background"})
            except CannotEstablish as error:
                left.append(f"{path} ({error.message})")
                continue
            if said.status not in _GONE:
                left.append(f"{path} (HTTP {said.status}: {said.message[:100]})")
        if left:
            raise ResidueLeft(
                f"not removed, and gone {self._longest + KEPT} s after their end by themselves: {'; '.join(left)}"
            )

    def _job(self, name: str, source: Source) -> dict[str, Any]:
        mark = {LABEL: self._mark}
        ends = [[one.address, one.port] for one in source.tries]
        container = {
            **GOOD_CONTAINER,
            "name": "probe",
            "image": self._settings.image,
            "command": ["python3", "-I", "-c", Path(inside_pod.__file__).read_text(encoding="utf-8")],
            "args": [json.dumps([SETTLE, SECONDS, ends])],
            "securityContext": {**GOOD_CONTAINER["securityContext"], "readOnlyRootFilesystem": True},
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}},
        }
        pod = {**GOOD, "enableServiceLinks": False, "containers": [container]}
        about = {"annotations": {"golive-run": self._run.prefix}}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "labels": mark, **about},
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": self._longest,
                "ttlSecondsAfterFinished": self._longest + KEPT,
                "template": {"metadata": {"labels": {**source.labels, **mark}, **about}, "spec": pod},
            },
        }

    def _over(self, names: Mapping[str, Source]) -> tuple[dict[str, Left] | None, str]:
        """What each probe left, once all of them are over; else what is lacking."""
        pods = [
            pod
            for space in sorted({source.namespace for source in names.values()})
            for pod in self._client.list(f"/api/v1/namespaces/{space}/pods", labels=f"{LABEL}={self._mark}")
        ]
        states = {str((pod["metadata"].get("labels") or {}).get("job-name")): _state(pod) for pod in pods}
        left = {name: each for name, each in states.items() if isinstance(each, Left)}
        lacking = [
            f"{source.label}: {states.get(name, 'no pod, or none any more')}"
            for name, source in names.items()
            if name not in left
        ]
        if lacking:
            return None, f"{len(names) - len(lacking)} of {len(names)} are over; {'; '.join(lacking[:3])}"
        return left, ""


@dataclass(frozen=True)
class Left:
    """A probe's last words, and what ended it where it did not end by itself."""

    message: str
    killed: str


def _state(pod: Mapping[str, Any]) -> Left | str:
    """What a pod's container left in the end, or how it gets on."""
    status = pod.get("status") or {}
    failed = str(status.get("reason", "")) if status.get("phase") == "Failed" else ""
    for each in status.get("containerStatuses") or ():
        state = each.get("state") or {}
        if over := state.get("terminated"):
            return Left(str(over.get("message", "")), _killed(failed, over))
        if waiting := state.get("waiting"):
            return str(waiting.get("reason", "waiting"))
    phase = str(status.get("phase", "of no phase"))
    return Left("", failed or phase) if phase == "Failed" else phase  # as one that was evicted before it began


def _killed(failed: str, over: Mapping[str, Any]) -> str:
    """What ended a container that did not end well; the pod's own reason first."""
    code = over.get("exitCode", 0)
    words = (failed, *((over.get("reason", ""), f"exit status {code}") if code else ()))
    return ", ".join(each for each in words if each)


def _read(source: Source, left: Left) -> tuple[str, str]:
    """Letters, and who tried. Raises ProtocolBroken for anything that is not one letter a try."""
    try:
        told = json.loads(left.message)
        letters, by = str(told["tried"]), str(told["by"])
    except (ValueError, KeyError, TypeError):
        letters, by = "?", ""
    if len(letters) != len(source.tries) or not set(letters) <= OUTCOMES.keys():
        words = f"the probe of {source.label} left {left.message[:120]!r}, not {len(source.tries)} outcomes"
        if left.killed:
            raise ProtocolBroken(
                SYSTEM, f"{words}: {left.killed}", hint="kubectl describe its pod, while it is there: what ended it?"
            )
        raise ProtocolBroken(SYSTEM, words, hint="kubectl logs of its pod, while it is there: has its image python3?")
    return letters, by


def _refused(what: str, said: Said) -> CredentialsRefused | ProtocolBroken:
    if said.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "cannot create resource" in said.message:
        return CredentialsRefused(
            SYSTEM, f"{what}: {said.message[:200]}", hint="bind deploy/rbac/canary.yaml, which allows probes alone"
        )
    return ProtocolBroken(SYSTEM, f"{what}: HTTP {said.status}: {said.message[:300]}", hint="kubectl create job there")
