"""A cluster whose policies are of kinds that golive does not evaluate is not called evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from golive.clients.kubernetes import Said
from golive.errors import (
    NoEvidence,
    ProtocolBroken,
)
from golive.facts.network import Network
from golive.residue import RunId
from selftests.unit.answering import target


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
    refused: bool,
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
