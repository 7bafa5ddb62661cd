"""T+15 minutes: health endpoints responding."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.health")
def test_every_service_is_healthy_and_of_this_release(services, release, evidence):
    """Every service MUST answer its health endpoint in time, say that it is healthy, and be of this release.

    Hint: kubectl get pods, then the logs of the service that stands out; an old version is an unfinished rollout.
    """
    health = services.health()
    evidence.add(*health)
    assert {service.service: service.seen for service in health} == services.expected(release.tag)
