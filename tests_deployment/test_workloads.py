"""T-0: verify deployment."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.deployment


@pytest.mark.item("deployment.workloads")
def test_every_workload_runs_the_release(workloads, release, evidence):
    """Every workload MUST be rolled out, its pods ready on the release's images, none restarting, each service served.

    Nobody but its own pods MUST serve it.

    Hint: kubectl rollout status, then kubectl describe pod of the one that is named, and its events.
    """
    rollouts, endpoints = workloads.rollouts(release.tag), workloads.endpoints
    evidence.add(workloads.cluster, *rollouts, *endpoints)
    assert {each.name: each.lacking for each in rollouts if each.lacking} == {}
    assert {each.service: each.note for each in endpoints if each.ready == 0} == {}
    assert {each.service: each.elsewhere for each in endpoints if each.elsewhere} == {}

    restarts = workloads.restarts
    evidence.add(restarts)
    assert (restarts.containers > 0, restarts.grew) == (True, ())
