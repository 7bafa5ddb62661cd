"""T-48 hours: user documentation complete."""

from __future__ import annotations

import pytest

from golive.facts.manual import COMPLETE

pytestmark = pytest.mark.t48h


@pytest.mark.item("documentation.user")
def test_the_user_documentation_is_this_releases_and_complete(manual, attestations, release, target, evidence):
    """Every declared page MUST be there and of this release, without a dead link, and the guide MUST be attested.

    Hint: publish the site for this release; golive attest documentation.user --evidence GUIDE.
    """
    pages = manual.pages(release.tag)
    evidence.add(*pages)
    assert {each.page: each.state for each in pages} == dict.fromkeys(target.documentation.pages, COMPLETE)
    assert {each.page: each.dead for each in pages} == dict.fromkeys(target.documentation.pages, ())
    guide = attestations.of_field("documentation.user", by="product_owner", field="user_documentation")
    evidence.add(guide)
    assert guide.holds, f"{guide.name} states that the guide is not complete: {guide.statement}"
