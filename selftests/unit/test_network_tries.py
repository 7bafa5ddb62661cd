"""Probes of the network: which are made, what they may be, and what it says that their tries came to."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from golive.clients import inside_pod
from golive.clients.kubernetes import Said
from golive.errors import (
    CannotEstablish,
    CredentialsRefused,
    NoEvidence,
    ProtocolBroken,
    ResidueLeft,
    TimedOut,
    TooLittleData,
)
from golive.facts.network import Network
from golive.facts.network_matrix import Scene
from golive.facts.network_policy import Pod, Policies
from golive.facts.network_policy_rules import policy_of
from golive.facts.network_probe import LABEL, Probes
from golive.facts.network_tries import Source, Tries, Try, outcome, plan
from golive.facts.pod_standard import violations
from golive.residue import RunId
from golive.target.network import NetworkPolicies, NetworkProbe
from selftests.unit.answering import target
from selftests.unit.test_network_matrix import ENDS, FLOWS, GOOD, OWN, PODS, SPACES, policy

SCENE = Scene(
    Policies.read(GOOD), PODS, SPACES, OWN, NetworkPolicies.model_validate({"ends": ENDS, "flows": tuple(FLOWS)})
)
TRIES = (
    Try("b (b-1)", "10.0.0.1", 80, declared=True),
    Try("c (c-1)", "10.0.0.2", 80, declared=False, stopped_by="egress"),
)
SOURCE = Source("a", "app", {"name": "a"}, TRIES)
OTHER = Source("d", "app", {"name": "d"}, (Try("c (c-1)", "10.0.0.2", 80, declared=True),))


def test_each_end_and_a_pod_without_labels_try_every_pod_that_listens() -> None:
    sources = {source.label: source for source in plan(SCENE)}
    assert sources.keys() == {"web", "api", "db", "app/a pod without labels", "stores/a pod without labels"}
    assert {one.destination for one in sources["db"].tries} == {
        "web (web-1)",
        "web (web-2)",
        "api (api-3)",
        "db (db-4)",
    }
    declared = {name: {one.destination for one in source.tries if one.declared} for name, source in sources.items()}
    assert declared == {
        "web": {"api (api-3)"}, "api": {"db (db-4)"}, "db": set(),
        "app/a pod without labels": set(), "stores/a pod without labels": set(),
    }  # fmt: skip
    assert sources["web"].labels == {"name": "web"}
    assert {(one.destination, one.stopped_by) for one in sources["db"].tries} == {
        ("web (web-1)", "both"), ("web (web-2)", "both"), ("api (api-3)", "both"), ("db (db-4)", "both")
    }  # fmt: skip
    assert {one.stopped_by for one in sources["web"].tries if one.declared} == {""}


def test_an_end_outside_that_is_one_address_is_tried_too() -> None:
    ends = {**ENDS, "mail": {"networks": ["198.51.100.25/32"]}, "net": {"networks": ["198.51.100.32/29"]}}
    flows = (*FLOWS, "web -> mail: 587", "web -> net: 587")
    settings = NetworkPolicies.model_validate({"ends": ends, "flows": flows})
    sources = {source.label: source for source in plan(replace(SCENE, settings=settings))}
    outside = {name: [t for t in source.tries if "(198" in t.destination] for name, source in sources.items()}
    assert outside["web"] == [Try("mail (198.51.100.25)", "198.51.100.25", 587, declared=True, stopped_by="egress")]
    assert {one.declared for one in outside["api"]} == {False}


def test_what_may_not_be_reached_counts_as_denied_beside_its_control_alone() -> None:
    found = outcome([(SOURCE, "ot"), (OTHER, "o")], "x")
    assert found.denied_by == {"egress": 1}
    assert (found.connected, found.denied, found.uncontrolled, found.blocked, found.reached) == (2, 1, 0, (), ())
    alone = outcome([(SOURCE, "or"), (OTHER, "t")], "x")
    assert (alone.denied, alone.uncontrolled) == (0, 1)
    assert alone.blocked == ("d -> c (c-1): 80/TCP timed out",)


def test_what_was_tried_is_told_whole() -> None:
    denied = {"egress": 1}
    assert outcome([(SOURCE, "or"), (OTHER, "o")], "x") == Tries("x", 2, 2, 1, denied, 0, (), ())
    again = replace(SOURCE, tries=TRIES[:1])
    assert outcome([(SOURCE, "ou"), (again, "o"), (OTHER, "o")], "x") == Tries("x", 2, 3, 1, denied, 0, (), ())
    assert outcome([(SOURCE, "rr")], "x") == Tries("x", 1, 0, 0, {}, 1, ("a -> b (b-1): 80/TCP refused",), ())
    reached = ("a -> c (c-1): 80/TCP connected",)
    assert outcome([(SOURCE, "oo")], "x") == Tries("x", 1, 1, 0, {}, 0, (), reached)
    with pytest.raises(ValueError, match="zip"):
        outcome([(SOURCE, "o")], "x")


def test_only_pods_of_the_platforms_own_network_try_and_only_ports_of_tcp_are_tried() -> None:
    ports = (("dns", "UDP", 53), ("web", "TCP", 8053))
    dns = Pod("app", "dns-1", {"name": "dns"}, SPACES["app"], (ip_address("10.0.0.7"),), ports)
    coming = Pod("app", "new-1", {"name": "new"}, SPACES["app"], (), (("web", "TCP", 80),))
    host = Pod("app", "old-1", {"name": "old"}, SPACES["app"], (ip_address("192.0.2.9"),), ports[1:], host_network=True)
    other = Pod("kube-system", "x-1", {"name": "x"}, SPACES["kube-system"], (ip_address("10.0.0.8"),), ports)
    sources = {source.label: source for source in plan(replace(SCENE, pods=(*PODS[:1], dns, coming, host, other)))}
    nowhere = [f"app/{name} (declared nowhere)" for name in ("dns-1", "new-1")]
    strangers = ["app/a pod without labels", "stores/a pod without labels"]
    assert list(sources) == ["web", *nowhere, *strangers]
    assert [(one.destination, one.address, one.port) for one in sources["web"].tries] == [
        ("web (web-1)", "10.0.0.1", 443), ("app/dns-1 (declared nowhere) (dns-1)", "10.0.0.7", 8053),
        ("app/old-1 (declared nowhere) (old-1)", "192.0.2.9", 8053),
    ]  # fmt: skip


def test_of_declared_ports_those_of_tcp_that_stand_alone_are_tried() -> None:
    flows = (*FLOWS, "web -> api: 53/UDP, 9000-9010, 8443")
    declared = NetworkPolicies.model_validate({"ends": ENDS, "flows": flows})
    sources = {source.label: source for source in plan(replace(SCENE, settings=declared))}
    assert [one.port for one in sources["web"].tries if one.destination == "api (api-3)"] == [80, 8443]


def test_a_probe_has_those_labels_alone_by_which_policies_go() -> None:
    more = Pod("app", "web-9", {"name": "web", "hash": "1"}, SPACES["app"], (ip_address("10.0.0.9"),))
    (source,) = (each for each in plan(replace(SCENE, pods=(more,))) if each.label == "web")
    assert (source.namespace, source.labels) == ("app", {"name": "web"})


def test_what_was_reached_against_the_policies_is_named() -> None:
    assert outcome([(SOURCE, "oo")], "x").reached == ("a -> c (c-1): 80/TCP connected",)
    assert outcome([(SOURCE, "ut")], "x").blocked == ("a -> b (b-1): 80/TCP unreachable",)


@pytest.mark.parametrize("found", [[(SOURCE, "or")], []])
def test_tries_without_any_denial_beside_its_control_are_too_few(found: list[tuple[Source, str]]) -> None:
    with pytest.raises(TooLittleData) as caught:
        outcome(found, "x")
    words = f"{len(found)} declared connections were made, 0 others denied beside a control"
    assert (caught.value.system, caught.value.message) == ("cluster", words)


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

    def ask(self, method: str, path: str, *, query: Any = None, body: Any = None) -> Said:  # noqa: ARG002 - as the client's
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
    probes = Probes(cluster, NetworkProbe(image="x", seconds=seconds), RunId.make())  # type: ignore[arg-type]
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


def served(*resources: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "items": [
            {
                "metadata": {"name": group},
                "versions": [
                    {
                        "version": "v1",
                        "resources": [{"resource": name, "responseKind": {"kind": kind}, "verbs": ["list"]}],
                    }
                ],
            }
            for group, name, kind in resources
        ]
    }


@pytest.mark.parametrize(
    ("kind", "there", "refused"),
    [
        (("networking.k8s.io", "networkpolicies", "NetworkPolicy"), 1, False),
        (("crd.projectcalico.org", "globalnetworkpolicies", "GlobalNetworkPolicy"), 1, True),
        (("crd.projectcalico.org", "globalnetworkpolicies", "GlobalNetworkPolicy"), 0, False),
        (("policy.networking.k8s.io", "adminnetworkpolicies", "AdminNetworkPolicy"), 1, True),
        (("cilium.io", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy"), 1, True),
        (("k8s.ovn.org", "egressfirewalls", "EgressFirewall"), 1, True),
        (("apps", "deployments", "Deployment"), 1, False),
    ],
)
def test_policies_of_other_kinds_are_refused_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch,
    kind: tuple[str, str, str],
    there: int,
    refused: bool,  # noqa: FBT001
) -> None:
    network = Network(target(), RunId.make())

    class Client:
        def ask(self, *_: Any, **__: Any) -> Said:
            return Said(200, served(kind))

        def list(self, path: str) -> list[Any]:
            named = [{"metadata": {"name": "first", "namespace": "app"}}] * there
            return named if path == f"/apis/{kind[0]}/v1/{kind[1]}" else []

    monkeypatch.setattr(network, "_client", Client())
    if refused:
        with pytest.raises(NoEvidence, match=f"1 {kind[2]} of {kind[0]}, app/first among them"):
            _ = network.evaluation
    else:
        assert network.evaluation.pods == 0


def test_every_version_that_is_served_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(target(), RunId.make())
    newer = served(("policy.networking.k8s.io", "clusternetworkpolicies", "ClusterNetworkPolicy"))["items"][0]
    older = served(("", "adminnetworkpolicies", "AdminNetworkPolicy"))["items"][0]["versions"][0]
    (shared,) = newer["versions"][0]["resources"]
    newer["versions"].append({"version": "v1alpha1", "resources": [shared, *older["resources"]]})
    asked: list[str] = []

    class Client:
        def ask(self, *_: Any, **__: Any) -> Said:
            return Said(200, {"items": [newer, {"metadata": {"name": "empty"}}]})

        def list(self, path: str) -> list[Any]:
            asked.append(path)
            return []

    monkeypatch.setattr(network, "_client", Client())
    _ = network.evaluation
    assert [path.partition("/apis/policy.")[2] for path in asked if "policy." in path] == [
        "networking.k8s.io/v1/clusternetworkpolicies", "networking.k8s.io/v1alpha1/adminnetworkpolicies",
    ]  # fmt: skip


def test_a_server_that_does_not_say_what_it_serves_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(target(), RunId.make())

    class Client:
        def ask(self, *_: Any, **__: Any) -> Said:
            return Said(200, {"kind": "APIGroupList", "groups": []})

    monkeypatch.setattr(network, "_client", Client())
    with pytest.raises(ProtocolBroken, match="no list of what is served"):
        _ = network.evaluation
