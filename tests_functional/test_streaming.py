"""T+30 minutes: real-time streaming works (MISO)."""

from __future__ import annotations

import pytest

from golive.facts.gateway import statuses

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.streaming")
def test_miso_customers_get_every_event_live(stream, identity, gateway, release, evidence):
    """A MISO subscriber MUST get every event of the topic once, in order and in time, also after a lost connection.

    Hint: the topic's own end offsets first; then the gateway's consumer and its log, and what ends long connections.
    """
    miso, caiso = identity.log_in("miso").token, identity.log_in("caiso").token
    heard = stream.listen(miso, caiso)
    found = heard.arrivals
    evidence.add(*heard.openings, heard.outsider, found)
    gateway.confirm_release(heard.openings, release.tag)
    assert heard.outsider.verdict == "refused"
    assert statuses(heard.openings) == stream.opened()

    assert (found.flow, found.silent_partitions) == ("flowing", ())
    assert set(found.ended) == {"cut by the suite"}
    assert found.late == {}
    assert found.disorder == {}
    assert found.unlike_records == {}
    stream.confirm_resumed(found)
