"""T+24 hours: status page updated."""

from __future__ import annotations

import pytest

from golive.facts.status_page import CLOSED

pytestmark = pytest.mark.postdeploy


@pytest.mark.item("postdeploy.status_page")
def test_the_status_page_says_that_all_is_well(status_page, target, release, evidence):
    """The status page MUST show every component operational and the maintenance closed, with a word since going live.

    Hint: whoever deployed closes the maintenance in Statuspage and sets its components back; neither happens by itself.
    """
    told = status_page.told(release.tag)
    evidence.add(told)
    assert told.components == dict.fromkeys(target.status_page.components, "operational")
    assert told.maintenance, f"no maintenance of {release.tag} was announced"
    assert told.maintenance_status == CLOSED, f"{told.maintenance!r} is not closed"
    assert told.under_way == (), "a maintenance is still under way"
    assert told.updated, f"customers were told nothing since {told.live_since.isoformat()}"
