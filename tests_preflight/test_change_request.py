"""T-2 hours: change request approved."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.preflight


@pytest.mark.item("preflight.change_request")
def test_the_change_is_approved_for_now(changes, release, evidence):
    """The change record MUST be open, approved, for this release, and its window MUST contain now.

    Hint: its owner gets it approved or its window moved; change.number in the target may be an earlier one.
    """
    request = changes.request(release.tag)
    evidence.add(request)
    assert request.wanting == ()
