"""T-7 days: network policies configured and tested."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.network_policies")
def test_only_declared_flows_are_possible(network, evidence):
    """Both namespaces MUST deny by default both ways and allow the declared flows alone, on paper and when tried.

    Hint: kubectl get networkpolicy -A; who allows what is named beside each flow. What is reached against the policies
    means that the network plugin does not enforce them.
    """
    policies = network.evaluation
    evidence.add(policies)
    assert (policies.flows > 0, policies.absent, policies.idle) == (True, (), ())
    assert policies.not_isolated == ()
    assert policies.cut == ()
    assert policies.undeclared == ()
    tries = network.tries
    evidence.add(tries)
    assert tries.blocked == ()
    assert tries.reached == ()
