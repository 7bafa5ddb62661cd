"""T-48 hours: configuration reviewed and approved."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("application.configuration")
def test_the_configuration_is_the_approved_one(approved, attestations, release, evidence):
    """The configuration at the release's tag MUST be, file by file, the one that the engineering lead approved.

    Hint: review what changed, list it anew with git ls-tree -r, golive attest application.configuration.
    """
    approval = attestations.of_field("application.configuration", by="engineering_lead", field="configuration")
    evidence.add(approval)
    assert approval.holds, f"{approval.name} does not approve of it: {approval.statement}"
    configuration = approved.configuration(release.tag)
    evidence.add(configuration)
    assert configuration.commit, f"there is no tag {configuration.tag}"
    assert configuration.without_files == (), "declared paths at which there is no file"
    assert configuration.differences == {}, "not as it was approved"
