"""T-48 hours: image tags locked (no latest tags)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("application.image_tags")
def test_every_tag_in_use_still_names_what_runs(running_images, evidence):
    """Every workload's image MUST have a tag other than latest, under which the registry still has what its pods run.

    Hint: crane digest IMAGE beside kubectl get pods -o yaml (imageID); who pushed that tag again? Make tags immutable.
    """
    tags = running_images.tags()
    evidence.add(*tags)
    running = {workload for each in tags if each.pods for workload in each.workloads}
    assert running_images.declared - running == set()
    assert [f"{each.image}: {words}" for each in tags for words in each.wrong] == []
