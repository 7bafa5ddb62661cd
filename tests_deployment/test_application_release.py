"""T-0: deploy application services."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.deployment


@pytest.mark.item("deployment.application_release")
def test_the_application_is_deployed_with_the_releases_tag(releases, release, target, evidence):
    """The application's Helm release MUST be deployed, of the declared chart and version, with the release's tag, and
    be as rendered.

    Hint: helm history, then helm get values; after a rollback the newest revision holds the earlier tag. What was
    changed past Helm: helm get manifest beside kubectl get -o yaml.
    """
    declared = target.deployment.application
    deployed = releases.application
    evidence.add(deployed)
    assert (deployed.name, deployed.status) == (declared.release, "deployed")
    assert deployed.chart == f"{declared.chart}-{declared.version}"
    assert deployed.tag == releases.expected(release.tag)

    there = releases.application_there
    evidence.add(there)
    assert there.compared > 0
    assert there.drifted == {}
