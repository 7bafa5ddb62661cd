"""Probes of the network: what they may be, how they are read, and that none is left behind."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest

from golive.clients import inside_pod
from golive.clients.kubernetes import ClusterClient, Said
from golive.errors import (
    CannotEstablish,
    CredentialsRefused,
    NoEvidence,
    ProtocolBroken,
    ResidueLeft,
    TimedOut,
)
from golive.facts.network_policy_rules import policy_of
from golive.facts.network_probe import LABEL, Probes
from golive.facts.pod_standard import violations
from golive.residue import RunId
from golive.target.network import NetworkProbe
from selftests.unit.test_network_matrix import policy
from selftests.unit.test_network_tries import OTHER, SOURCE


def test_the_probe_tells_an_open_port_from_a_shut_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        ends = [server.getsockname(), shut.getsockname()]
        inside_pod.main(json.dumps([0, 2, ends]), tmp_path / "message")
    assert json.loads((tmp_path / "message").read_text())["tried"] == "or"


def test_what_answers_nothing_times_out_and_what_has_no_way_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        assert inside_pod.tried("127.0.0.1", full.getsockname()[1], 0.2) == "t"
        for each in waiting:
            each.close()
    assert inside_pod.tried("255.255.255.255", 1, 0.2) == "u"


class Cluster:
    """An API server that keeps Jobs, and plays their pods by a function."""

    def __init__(self, play: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self.play, self.jobs, self.services = play, dict[str, Any](), list[Any]()
        self.refuses: Mapping[str, Said] = {}

    def list(self, path: str, **_: str) -> list[Any]:
        if path.endswith("/services"):
            return self.services
        return [
            {"metadata": {"labels": {"job-name": job["metadata"]["name"]}}, "status": self.play(job)}
            for job in self.jobs.values()
        ]

    def ask(self, method: str, path: str, *, body: Any = None, **_: Any) -> Said:
        if method in self.refuses:
            return self.refuses[method]
        if method == "POST":
            self.jobs[f"{path}/{body['metadata']['name']}"] = body
            return Said(HTTPStatus.CREATED, body)
        del self.jobs[path]
        return Said(HTTPStatus.OK, {})


def ended(message: str) -> dict[str, Any]:
    return {"containerStatuses": [{"state": {"terminated": {"message": message}}}]}


def letters(cluster: Cluster, *, seconds: float = 5, policies: Any = ()) -> tuple[list[str], str]:
    probes = Probes(cast("ClusterClient", cluster), NetworkProbe(image="x", seconds=seconds), RunId.make())
    return probes.letters([SOURCE, OTHER], policies)


def test_probes_are_read_in_their_order_and_removed() -> None:
    made: list[Any] = []

    def play(job: Mapping[str, Any]) -> dict[str, Any]:
        made.append(job)
        ends = json.loads(job["spec"]["template"]["spec"]["containers"][0]["args"][0])[2]
        return ended(json.dumps({"by": "x", "tried": "o" * len(ends)}))

    cluster = Cluster(play)
    assert letters(cluster) == (["oo", "o"], "x")
    assert cluster.jobs == {}
    pod = made[0]["spec"]["template"]
    assert violations(pod, "restricted") == ()
    assert pod["metadata"]["labels"].keys() == {"name", LABEL}
    assert pod["spec"]["automountServiceAccountToken"] is False
    spec = made[0]["spec"]
    assert (spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"]) == (5, 65)


@pytest.mark.parametrize(
    "message", ["", "no JSON", '{"by": "x"}', '{"by": "x", "tried": "oooo"}', '{"by": "x", "tried": "zz"}']
)
def test_a_probe_that_says_something_else_says_nothing(message: str) -> None:
    cluster = Cluster(lambda _: ended(message))
    with pytest.raises(ProtocolBroken, match="the probe of"):
        letters(cluster)
    assert cluster.jobs == {}


TERMINATED = [{"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"containerStatuses": TERMINATED}, "OOMKilled, exit status 137"),
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 1}}}]}, "exit status 1"),
        (
            {"phase": "Failed", "reason": "DeadlineExceeded", "containerStatuses": TERMINATED},
            "DeadlineExceeded, OOMKilled, exit status 137",
        ),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({"phase": "Failed"}, "Failed"),
    ],
)
def test_a_probe_that_was_killed_is_told_with_what_ended_it(status: dict[str, Any], words: str) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        letters(Cluster(lambda _: status))
    assert caught.value.message == f"the probe of a left '', not 2 outcomes: {words}"


def test_a_probe_without_a_pod_is_told_as_that() -> None:
    class NoPods(Cluster):
        def list(self, *_: Any, **__: str) -> list[Any]:
            return []

    with pytest.raises(TimedOut, match="0 of 2 are over; a: no pod, or none any more; d: no pod, or none any more"):
        letters(NoPods(lambda _: {}), seconds=0.1)


def test_probes_that_are_not_over_in_time_are_told_with_their_state_and_removed() -> None:
    cluster = Cluster(lambda _: {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]})
    with pytest.raises(TimedOut, match="0 of 2 are over; a: ErrImagePull"):
        letters(cluster, seconds=0.3)
    assert cluster.jobs == {}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said(403, {"message": 'jobs is forbidden: User "golive" cannot create resource "jobs"'}), CredentialsRefused),
        (Said(403, {"message": "denied by another policy"}), ProtocolBroken),
    ],
)
def test_a_probe_that_may_not_be_made(said: Said, error: type[CannotEstablish]) -> None:
    cluster = Cluster(lambda _: {})
    cluster.refuses = {"POST": said}
    with pytest.raises(error):
        letters(cluster)


def test_a_probe_that_cannot_be_removed_is_left_behind_and_said() -> None:
    cluster = Cluster(lambda _: ended(""))
    cluster.refuses = {"DELETE": Said(403, {"message": "no"})}
    with pytest.raises(ResidueLeft, match=r"gone 65 s after their end by themselves: .*-0 .*-1"):
        letters(cluster)


def test_a_probe_never_joins_a_service() -> None:
    cluster = Cluster(lambda _: {})
    cluster.services = [
        {"metadata": {"name": "headless"}, "spec": {}},
        {"metadata": {"name": "a"}, "spec": {"selector": {"name": "a", "instance": "x"}}},
    ]
    with pytest.raises(TimedOut):
        letters(cluster, seconds=0.1)
    cluster.services += [{"metadata": {"name": "d"}, "spec": {"selector": {"name": "d"}}}]
    with pytest.raises(NoEvidence, match="would join the Service app/d"):
        letters(cluster)


def test_a_policy_that_can_tell_a_probe_from_its_source_is_refused() -> None:
    odd = policy("app", "odd", podSelector={"matchExpressions": [{"key": "job-name", "operator": "DoesNotExist"}]})
    with pytest.raises(NoEvidence, match="app/odd goes by a label"):
        letters(Cluster(lambda _: {}), policies=[policy_of(odd)])
