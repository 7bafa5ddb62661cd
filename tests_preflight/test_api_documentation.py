"""T-48 hours: API documentation published."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("documentation.api")
def test_the_api_is_documented_as_it_is_served(api, surface, identity, target, release, evidence):
    """The served OpenAPI document MUST be valid, of this release, and have the operations that the gateway serves.

    Hint: the document is made with the release; an operation more or less is a route added, or taken away, by hand.
    """
    document = api.document(identity.log_in("miso").token)
    description = api.description(document)
    evidence.add(description)
    assert description.problems == ()
    assert description.version == release.tag
    found = surface.compare(document, release.tag)
    evidence.add(found)
    assert found.documented == target.api.operations
    assert found.served == found.documented
