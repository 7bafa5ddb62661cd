"""T-7 days: Kubernetes cluster provisioned and hardened."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("infrastructure.cluster")
def test_the_cluster_is_of_a_supported_version_well_and_hardened(cluster, target, evidence):
    """The cluster MUST be of a supported version, with enough well nodes, and let nobody do more than is declared.

    Hint: kubectl get nodes, kubectl describe node; kubectl get clusterrolebindings -o wide for who may do everything.
    """
    version = cluster.version
    nodes, accounts = cluster.nodes(version.server), cluster.default_accounts
    evidence.add(cluster.identity, version, *nodes, *accounts)
    assert (version.server, version.supported) == (version.server, True)
    assert {node.name: node.troubles for node in nodes if node.troubles} == {}
    usable = [node for node in nodes if not node.reserved]
    assert len(usable) >= target.cluster.min_nodes
    assert len({node.zone for node in usable} - {""}) >= target.cluster.min_zones

    anonymous, admins = cluster.anonymous, cluster.undeclared_admins
    evidence.add(*anonymous, *admins)
    assert {each.path: each.status for each in anonymous if not each.refused} == {}
    assert list(admins) == []
    assert [account.namespace for account in accounts if account.automounted] == []
