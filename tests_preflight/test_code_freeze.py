"""T-2 hours: code freeze confirmed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.preflight


@pytest.mark.item("preflight.code_freeze")
def test_code_is_frozen(source, release, evidence):
    """The release branch MUST have no commit since the freeze, and its head MUST be what the release's tag names.

    Hint: git log of the branch since the freeze says who committed what; tag its head anew, or take the commit back.
    """
    freeze = source.freeze(release.tag)
    evidence.add(freeze)
    assert freeze.begun, f"the freeze begins at {freeze.freeze.isoformat()} only"
    assert freeze.head, f"there is no branch {freeze.branch}"
    assert freeze.late == (), f"{freeze.branch} was committed to after {freeze.freeze.isoformat()}"
    assert freeze.tagged == freeze.head, f"tag {freeze.tag} is not the head of {freeze.branch}"
