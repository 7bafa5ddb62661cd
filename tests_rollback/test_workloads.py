"""Immediate rollback: verify."""

from __future__ import annotations

import pytest

from golive.facts.rollback import newest_and_earlier

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.workloads")
def test_every_workload_runs_the_earlier_release(history, workloads, release, evidence):
    """After a rollback every workload MUST run the earlier release, rolled out and ready, none restarting, each served.

    Hint: kubectl rollout status, then kubectl describe pod; whether it works for customers, pytest -m smoke
    --release EARLIER says.
    """
    kept = history.application
    evidence.add(kept)
    _, earlier = newest_and_earlier(release.tag, kept)
    running = workloads.as_of(earlier)
    rollouts, endpoints = running.rollouts(earlier.content.tag), running.endpoints
    evidence.add(*rollouts, *endpoints)
    assert {each.name: each.lacking for each in rollouts if each.lacking} == {}
    assert {each.service: each.note for each in endpoints if each.ready == 0} == {}

    restarts = running.restarts
    evidence.add(restarts)
    assert (restarts.containers > 0, restarts.grew) == (True, ())
