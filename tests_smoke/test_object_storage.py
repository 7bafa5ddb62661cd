"""T+15 minutes: MinIO accessible."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.object_storage")
def test_object_storage_keeps_objects_for_those_with_keys(object_storage, evidence):
    """An object MUST come back as it was put, and nobody without the right keys MUST get anything.

    Hint: mc admin info; mc anonymous get on the bucket that answered; the policy of the suite's keys.
    """
    health = object_storage.health()
    evidence.add(health)
    assert (health.live, health.ready) == (200, 200)
    assert health.buckets == dict.fromkeys(object_storage.buckets, "present")

    echo = object_storage.round_trip()
    evidence.add(echo)
    assert (echo.put, echo.got, echo.presigned) == ("done", echo.sent, echo.sent)
    assert (echo.anonymous, echo.deleted, echo.afterwards) == ("refused", "done", "404 NoSuchKey")

    strangers = object_storage.strangers()
    evidence.add(*strangers)
    assert [stranger for stranger in strangers if stranger.state != "refused"] == []
