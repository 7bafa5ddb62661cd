"""T+30 minutes: MISO API access works."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.miso_api")
def test_miso_customers_get_what_the_platform_knows(api, prices, identity, gateway, target, release, evidence):
    """A MISO customer MUST be able to read every declared route, and get fresh, complete and right values.

    Hint: curl the route that the message names with a MISO token; the prices service's log; SELECT in the store.
    """
    token = identity.log_in("miso").token
    document = api.document(token)
    description, reads = api.description(document), api.reads(document, token)
    evidence.add(description, *reads)
    gateway.confirm_release(reads, release.tag)
    assert description.problems == ()
    assert {read.route: read.said for read in reads} == {read.route: "as described" for read in reads}
    assert {target.api.latest.route, target.api.history.route} <= {read.route for read in reads}

    latest = prices.latest(token)
    evidence.add(latest)
    assert (latest.status, latest.nodes, latest.late) == (200, target.api.latest.nodes, {})
    assert (latest.repeated, latest.unlike_store) == ((), {})

    history = prices.history(token)
    evidence.add(history)
    assert history.ended == "after the last page"
    assert history.wrong == {}
    assert history.pages >= history.expected_pages
