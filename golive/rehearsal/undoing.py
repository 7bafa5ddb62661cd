"""What is left to undo of a rehearsal, from its journal and Helm's history alone; pure.

Only what the journal holds is undone, and only while the newest revision is golive's own. What somebody else deployed
stays, and a release that did not come up is not deployed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from golive.errors import GoliveError
from golive.facts.history import History, Revision
from golive.rehearsal.journal import Move, Side, State

DEPLOYED, FAILED = "deployed", "failed"
BEGUN_WITHIN: Final = timedelta(seconds=60)
"""After the journal said so helm has made its revision; a later one of the same number is somebody else's."""
EARLY: Final = timedelta(seconds=1)
"""Helm's clock is this host's own; its figures may be rounded."""


class Refused(GoliveError):
    """Why nothing is moved, in words for whoever has to look."""


@dataclass(frozen=True)
class Standing:
    """The newest revision, which is golive's or the one from before, and the side that it is of."""

    revision: Revision
    side: Side


@dataclass(frozen=True)
class Left:
    """What is left to do: ``forward`` where the release from before must be deployed again; why, in words."""

    forward: bool
    words: str


def left(state: State, history: History) -> Left:
    """What is left to undo. Raises Refused where that must not be undone."""
    if state.astray:
        raise Refused(
            f"helm said that it had made revision {state.astray} of {state.name}, and it was not the newest one then: "
            "it may have moved another cluster. Nothing is undone. Look at helm history by both kubeconfigs, see to "
            "what is deployed; then golive abort --leave"
        )
    found = standing(state, history)
    number, status = found.revision.number, found.revision.status
    if found.side == "earlier":
        return Left(
            forward=True,
            words=f"revision {number}, of the earlier release {_tag(state.earlier.content.tag)}, is {status}",
        )
    if number == state.current.number:
        return Left(forward=False, words=f"revision {number} is the one from before: nothing was moved")
    if status == DEPLOYED:
        return Left(forward=False, words=f"revision {number} has {state.release} deployed again")
    if status == FAILED:
        raise Refused(
            f"revision {number}, the way forward to {state.release}, is {FAILED}: what did not come up is not "
            f"deployed again. Look at helm history {state.name} and at its pods; then deploy what should run"
        )
    return Left(
        forward=True,
        words=f"revision {number}, the way forward to {state.release}, is {status}: helm was killed in between",
    )


def standing(state: State, history: History) -> Standing:
    """Which of the journal's revisions is the newest one. Raises Refused where somebody deployed in between."""
    newest, number = history.newest, state.current.number
    side: Side = "current"
    if newest is None:
        raise Refused(f"Helm knows no release {state.name} in {state.namespace} any more; nothing is undone")
    for move in state.moves:
        if move.done or _begun(move, newest):
            number, side = move.makes, move.towards
    if newest.number != number or newest.content != state.point(side).content:
        raise Refused(
            f"somebody deployed in between: revision {newest.number} of {state.name} ({_tag(newest.content.tag)}, "
            f"{newest.description!r}, {newest.deployed[:19]}) is not golive's, whose last one is {number}. "
            "Nothing is undone"
        )
    wanted = history.revision(state.current.number)
    if wanted is None or wanted.content != state.current.content:
        raise Refused(f"Helm no longer keeps revision {state.current.number}, which was deployed before")
    return Standing(newest, side)


def _begun(move: Move, newest: Revision) -> bool:
    """Whether the newest revision is what helm had begun to make when the journal ended."""
    try:
        made = datetime.fromisoformat(newest.deployed)
        in_time = move.at - EARLY <= made <= move.at + BEGUN_WITHIN
    except (ValueError, TypeError):
        return False
    return newest.number == move.makes and in_time


def _tag(tag: str) -> str:
    return tag or "without a tag"
