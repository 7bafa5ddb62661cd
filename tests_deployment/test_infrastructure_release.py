"""T-0: deploy infrastructure."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.deployment


@pytest.mark.item("deployment.infrastructure_release")
def test_the_infrastructure_is_deployed_as_declared(releases, target, evidence):
    """The infrastructure's Helm release MUST be deployed, of the declared chart, version and values, as rendered.

    Hint: helm history, then helm get values; a release that is pending has been left by an upgrade that was killed.
    What was changed past Helm: helm get manifest beside kubectl get -o yaml.
    """
    declared = target.deployment.infrastructure
    release = releases.infrastructure
    evidence.add(release)
    assert (release.name, release.status) == (declared.release, "deployed")
    assert release.chart == f"{declared.chart}-{declared.version}"
    assert {"values_sha256": release.values_sha256} == {
        "values_sha256": declared.values_sha256 or release.values_sha256
    }

    there = releases.infrastructure_there
    evidence.add(there)
    assert there.compared > 0
    assert there.drifted == {}
