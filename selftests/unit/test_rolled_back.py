"""What in Helm's history is a rollback of this release, and what is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golive.errors import NotApplicable, ProtocolBroken, TooLittleData
from golive.facts.history import Content, Revision
from golive.facts.rolled_back import rolled_back

NEW, OLD, NEXT = "2026.11.0", "2026.10.3", "2026.11.1"
THEN = "2026-11-26T10:00:00.123456789+01:00"


def revisions(*tags: str, says: str = "Upgrade complete", status: str = "superseded", first: int = 1) -> list[Revision]:
    """Revisions of these tags, the last of which says of itself what is given."""
    made = [revision(number, tag) for number, tag in enumerate(tags, first)]
    return [*made[:-1], replace(made[-1], status=status, description=says)]


def revision(number: int, tag: str) -> Revision:
    return Revision(number, "superseded", "Upgrade complete", THEN, Content("chart-1", tag, "v", "m"))


FAILED = revisions(NEXT, says='Upgrade "desk" failed: timed out', status="failed", first=3)


INSTALL_FAILED = 'Release "desk" failed: timed out'
"""What Helm says both of a rollback and of an install that did not get ready."""


def installed(tag: str, number: int, says: str = INSTALL_FAILED, status: str = "failed") -> Revision:
    return replace(revision(number, tag), status=status, description=says, installed=True)


@pytest.mark.parametrize(
    ("history", "revision", "left"),
    [
        (revisions(OLD, NEW, OLD, says="Rollback to 1"), 3, 2),
        (revisions(OLD, NEW, OLD, says="Rollback to 1", status="failed"), 3, 2),
        (revisions(OLD, NEW, OLD), 3, 2),
        (revisions("", NEW, "", says="Rollback to 1"), 3, 2),
        (revisions(NEW, NEW, NEW, says="Rollback to 1"), 3, 2),
        (revisions(NEW, status="uninstalled", says="Uninstallation complete"), 1, 1),
        ([*revisions(OLD, NEW, OLD, says="Rollback to 1"), *revisions(NEXT, first=4)], 3, 2),
        ([*revisions(OLD, NEW, OLD, says="Rollback to 1"), *revisions(NEW, first=4)], 3, 2),
        (revisions(NEW, OLD, says="Rollback to 4", first=8), 9, 8),
        (revisions(OLD, NEW, "", says='Rollback "desk" failed: no such object', status="failed"), 3, 2),
        (revisions(OLD, NEW, "", says='Release "desk" failed: timed out', status="failed"), 3, 2),
        (revisions(OLD, NEW, "", status="pending-rollback"), 3, 2),
        ([*revisions(OLD, NEW), *FAILED, *revisions(OLD, says="Rollback to 1", first=4)], 4, 2),
        ([*revisions(OLD, NEW), *FAILED, *revisions(OLD, first=4)], 4, 2),
        ([*revisions(NEW, first=2), *FAILED, *revisions(OLD, says="Rollback to 1", first=4)], 4, 2),
        (revisions(OLD, NEW, NEXT, OLD), 4, 2),
        (revisions(OLD, NEW, OLD, OLD), 3, 2),
        ([*revisions(OLD, NEW, says="superseded by new release"), installed(NEXT, 3)], 2, 2),
        ([*revisions(OLD, NEW), installed(OLD, 3, "Install complete", "deployed")], 3, 2),
    ],
)
def test_a_rollback_of_this_release(history: list[Revision], revision: int, left: int) -> None:
    found = rolled_back(history, NEW)
    assert (found.revision, found.left) == (revision, left)
    assert found.must_be() == found.at == datetime(2026, 11, 26, 9, 0, 0, 123456, tzinfo=UTC)


def test_the_last_of_several_is_told() -> None:
    twice = [*revisions(OLD, NEW, OLD, says="Rollback to 1"), *revisions(NEW, OLD, says="Rollback to 3", first=4)]
    found = rolled_back(twice, NEW)
    assert (found.revision, found.left, found.tag, found.words) == (5, 4, OLD, "Rollback to 3")


@pytest.mark.parametrize(
    "history",
    [
        revisions(NEW),
        revisions(OLD, NEW),
        revisions(NEW, NEXT),
        revisions(OLD, "2026.10.4", OLD, says="Rollback to 1"),
        revisions(OLD, "2026.10.4", OLD, NEW),
        revisions(OLD, status="uninstalled"),
        revisions(NEW, NEXT, NEW, says="Rollback to 1"),
        revisions(NEW, first=7),
        [*revisions(OLD, NEW), *FAILED, *revisions(NEW, says="Rollback to 2", first=4)],
        [*revisions(OLD, NEW), *FAILED, *revisions(NEXT, first=4)],
        [*revisions(OLD), replace(FAILED[0], number=2), *revisions(NEW, NEXT, first=3)],
        revisions(OLD, NEW, NEXT, "2026.11.2", NEXT, says="Rollback to 3"),
        revisions(NEW, NEXT, NEW, "2026.11.2", NEW, says="Rollback to 3"),
        [installed(NEW, 1)],
        [installed(NEW, 1), installed(NEW, 2)],
        [installed(NEW, 1), installed(NEXT, 2)],
        [*revisions(OLD, says="superseded by new release"), installed(NEW, 2), installed(NEW, 3, "Install complete")],
    ],
)
def test_no_rollback_of_this_release(history: list[Revision]) -> None:
    found = rolled_back(history, NEW)
    assert (found.revision, found.at, len(found.history)) == (0, None, len(history))
    with pytest.raises(NotApplicable, match=r"shows no rollback of 2026\.11\.0"):
        found.must_be()


def test_a_history_that_does_not_reach_back_tells_nothing() -> None:
    with pytest.raises(TooLittleData, match="begins with revision 2 and has none of"):
        rolled_back(revisions(OLD, OLD, first=2), NEW)
    with pytest.raises(TooLittleData, match="keeps no history"):
        rolled_back([], NEW)


def test_a_time_that_is_none() -> None:
    with pytest.raises(ProtocolBroken, match="'yesterday' where a time should stand"):
        rolled_back([replace(revision(1, NEW), status="uninstalled", deployed="yesterday")], NEW)
