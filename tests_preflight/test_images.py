"""T-48 hours: all services built and pushed to registry."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("application.images")
def test_every_image_of_the_release_is_in_the_registry(release_images, release, target, evidence):
    """Every image that the release's manifests name MUST be in its registry, whole, for all nodes that may run it.

    Hint: crane manifest IMAGE, crane validate --remote IMAGE; is the build of every service over, and was it pushed?
    """
    images = release_images.of(release.tag)
    evidence.add(*images)
    built = {workload for each in images if each.tag == release.tag for workload in each.workloads}
    assert set(target.deployment.workloads) - built == set()
    assert [f"{each.image}: {words}" for each in images for words in each.lacking] == []
