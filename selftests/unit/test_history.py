"""What Helm's history says of a revision: whether it once ran, and whether a rollback made it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golive.facts.history import Content, Revision, before_release, last_deployed

NOT_READY = 'Release "desk" failed: timed out waiting'


def at(number: int, tag: str, status: str = "superseded", description: str = "Upgrade complete") -> Revision:
    return Revision(number, status, description, "then", Content("desk-3", tag, "values", "objects"))


OLD, REL, NEXT, AGAIN = at(1, "old"), at(2, "rel"), at(3, "next", "failed"), at(4, "rel", "deployed", "Rollback to 2")


@pytest.mark.parametrize(
    ("status", "description", "was_deployed", "rolled"),
    [
        ("deployed", "Install complete", True, False),
        ("superseded", "Upgrade complete", True, False),
        ("superseded", "Rollback to 2", True, True),
        ("uninstalled", "Uninstallation complete", False, False),
        ("failed", 'Upgrade "desk" failed: no such object', False, False),
        ("superseded", 'Upgrade "desk" failed: no such object', False, False),  # as a rollback that failed leaves it
        ("failed", 'Rollback "desk" failed: no such object', False, True),
        ("failed", NOT_READY, False, True),
        ("superseded", NOT_READY, False, True),  # as the upgrade that follows it leaves it
        ("pending-rollback", "Rollback to 2", False, True),
        ("pending-rollback", "", False, True),
        ("pending-upgrade", "Preparing upgrade", False, False),
        ("superseded", "Release of November, after the last one failed: a fix", True, False),
    ],
)
def test_what_a_revision_was(status: str, description: str, was_deployed: bool, rolled: bool) -> None:
    revision = at(2, "rel", status, description)
    assert (revision.was_deployed, revision.rolled) == (was_deployed, rolled)


@pytest.mark.parametrize("status", ["failed", "superseded"])
def test_an_install_that_did_not_get_ready_says_what_a_rollback_says_and_is_none(status: str) -> None:
    made = replace(at(2, "rel", status, NOT_READY), installed=True)
    assert (made.was_deployed, made.rolled) == (False, False)


@pytest.mark.parametrize(
    ("revisions", "number"),
    [
        ((), None),
        ((REL,), None),
        ((OLD, REL), 1),
        ((OLD, REL, NEXT), 1),
        ((OLD, REL, NEXT, AGAIN), 1),
        ((at(1, "old"), at(2, "older"), REL), 2),
        ((at(1, "old", "failed"), REL), None),
        ((at(1, "old", description=NOT_READY), REL), None),
        ((at(1, ""), REL), 1),
    ],
)
def test_the_last_of_another_release_that_was_deployed(revisions: tuple[Revision, ...], number: int | None) -> None:
    found = last_deployed(revisions, "rel")
    assert (found.number if found else None) == number


@pytest.mark.parametrize(
    ("revisions", "before"),
    [
        ((), None),
        ((OLD, NEXT), None),
        ((REL,), ()),
        ((OLD, REL), (OLD,)),
        ((OLD, REL, at(3, "rel"), NEXT), (OLD,)),
        ((OLD, REL, NEXT, AGAIN), (OLD, REL, NEXT)),
    ],
)
def test_what_is_kept_from_before_a_release(
    revisions: tuple[Revision, ...], before: tuple[Revision, ...] | None
) -> None:
    assert before_release("rel", revisions) == before
