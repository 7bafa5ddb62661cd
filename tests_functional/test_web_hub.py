"""T+30 minutes: Web Hub loads."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.web_hub")
def test_web_hub_is_usable_for_a_customer(hub, gateway, target, release, evidence):
    """A customer MUST be able to log in with a browser and see every widget with data, in time, without an error.

    Hint: open the hub with the browser's developer tools, console and network; then the gateway's log.
    """
    visit = hub.visit()
    evidence.add(visit, visit.page, *visit.pictures)
    gateway.confirm_release([visit.page], release.tag)
    assert visit.page.status == 200
    assert visit.failed_requests == (), visit.words
    assert visit.console_errors == (), visit.words
    assert visit.login == "done", visit.words
    assert visit.empty == (), visit.words
    assert visit.moving == ("moves" if target.hub.moving else "not declared"), visit.words
    assert visit.usable_seconds is not None, visit.words
    assert visit.usable_seconds <= target.hub.usable, visit.words
    assert visit.pictures != (), visit.words
