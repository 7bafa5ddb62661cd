"""The course of a rehearsal: look, roll back, look, roll forward, look; and what undoes it where it was broken off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from golive.evidence.rehearsals import Look, Rehearsal, Revisions, When
from golive.facts.history import History, Revision, last_deployed
from golive.rehearsal.journal import Journal, Move, Point, Side, State
from golive.rehearsal.undoing import DEPLOYED, Refused, left, standing


class Rolls(Protocol):
    """Helm, as ``golive.clients.helm.HelmProgram``."""

    def rollback(self, release: str, namespace: str, revision: int, held: int) -> None:
        """Roll a release back to a revision; return once that is ready."""

    def newest(self, release: str, namespace: str) -> tuple[int, str] | None:
        """The number of the newest revision that helm sees, and when it was begun; None where it sees none."""


@dataclass(frozen=True)
class Stage:
    """What a rehearsal goes on at: a target's cluster, how it is looked at, and where its journal is."""

    target: str
    server: str
    folder: Path
    """The evidence folder."""
    history: Callable[[], History]
    helm: Rolls
    look: Callable[[When], Look]
    say: Callable[[str], None]
    """Tells people; raises nothing, also where nobody hears any more."""
    suite_version: str


def rehearse(stage: Stage, release: str, run: str) -> Rehearsal:
    """All of it; the release from before is deployed in the end, whatever was found.

    Raises Refused, with nothing moved, where it must not begin, and BadInput where one is open already. Whatever else
    ends it is said first; then what was done is undone, or else the journal stays open, which is said too.
    """
    started = _now()
    Journal.refuse_second(stage.folder)
    history = stage.history()
    current, earlier = points(release, history)
    _one_cluster(stage, history)
    looks: dict[When, Look] = {"before": _look(stage, "before")}
    if wrong := _wrong(looks["before"]):
        raise Refused(f"{release} is not as it should be before anything is moved, so nothing is: {wrong}")
    state = State(run, stage.target, release, history.release, history.namespace, stage.server, current, earlier)
    with Journal.begin(stage.folder, state) as journal:
        try:
            back = _move(stage, journal, "earlier")
            looks["rolled_back"] = _look(stage, "rolled_back", journal)
            forward = _move(stage, journal, "current")
            looks["rolled_forward"] = _look(stage, "rolled_forward", journal)
        except BaseException as cause:
            stage.say(f"broken off: {_words(cause)}")
            _undo_or_say(stage, journal)
            raise
        kept = journal.end("rehearsed")
    return Rehearsal(
        run=run, suite_version=stage.suite_version, target=stage.target, release=release,
        earlier_release=earlier.content.tag,
        revisions=Revisions(
            current=current.number, earlier=earlier.number, rolled_back=back.number, rolled_forward=forward.number
        ),
        looks=looks, started=started, ended=_now(), journal_sha256=hashlib.sha256(kept.read_bytes()).hexdigest(),
    )  # fmt: skip


def _undo_or_say(stage: Stage, journal: Journal) -> None:
    """Undo it, or say why that failed too: what broke the rehearsal off stays the error."""
    try:
        stage.say(f"undone: {undo(stage, journal)}")
    except BaseException as error:
        stage.say(f"not undone: {_words(error)}. The journal stays open: golive abort --target {stage.target}")
        if not isinstance(error, Exception):
            raise


def _words(error: BaseException) -> str:
    return "interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__


def undo(stage: Stage, journal: Journal) -> str:
    """Deploy the release from before again where the journal's last move left another; gives what was done.

    Raises Refused, and leaves the journal open, where somebody deployed in between or the release did not come up.
    """
    state = journal.state
    if (state.target, state.server) != (stage.target, stage.server):
        raise Refused(f"the journal is of {state.target} at {state.server}, not of {stage.target} at {stage.server}")
    history = stage.history()
    found = left(state, history)
    if not found.forward:
        journal.end("undone")
        return found.words
    _one_cluster(stage, history)
    stage.say(found.words)
    made = _move(stage, journal, "current")
    journal.end("undone")
    return f"{state.release} is deployed again, as revision {made.number}"


def points(release: str, history: History) -> tuple[Point, Point]:
    """The revision of the release, deployed and the newest, and the last of another one. Raises Refused."""
    newest, name = history.newest, history.release
    if newest is None:
        raise Refused(f"Helm knows no release {name} in {history.namespace}")
    if (newest.status, newest.content.tag) != (DEPLOYED, release):
        raise Refused(
            f"revision {newest.number} of {name} has {newest.content.tag or 'no tag'} and is {newest.status}; "
            f"to be rehearsed is {release}, deployed"
        )
    earlier = last_deployed(history.revisions, release)
    if earlier is None:
        whole = history.revisions[0].number == 1
        why = "it is the first release" if whole else "Helm keeps none from before"
        raise Refused(
            f"{name} {release} has no earlier revision to go back to: {why}. Of a first release the plan is an "
            "uninstall, which golive does not rehearse"
        )
    return Point(newest.number, newest.content), Point(earlier.number, earlier.content)


def _move(stage: Stage, journal: Journal, side: Side) -> Revision:
    """One rollback to a side, written down before and after. Raises Refused where the newest revision is not ours."""
    state = journal.state
    before = standing(state, stage.history())
    point = state.point(side)
    stage.say(f"rolling to revision {point.number}, {point.content.tag}")
    move = journal.move(side, before.revision.number + 1)
    stage.helm.rollback(state.name, state.namespace, point.number, journal.held)
    history = stage.history()
    _made(journal, move, history)
    made = standing(journal.state, history).revision
    if made.status != DEPLOYED:
        raise Refused(f"helm said that it was done; revision {made.number} is {made.status}, expected {DEPLOYED}")
    journal.moved(move)
    return made


def _made(journal: Journal, move: Move, history: History) -> None:
    """Raises Refused, and has the journal stay open, where the newest revision is not what helm says it made."""
    number = history.newest.number if history.newest else 0
    if number != move.makes:
        journal.astray(move)
        raise Refused(
            f"helm said that it was done; the newest revision of {history.release} is {number or 'none'}, expected "
            f"{move.makes}"
        )


def _one_cluster(stage: Stage, history: History) -> None:
    """Raises Refused where helm's kubeconfig leads to another cluster than the one that golive looks at."""
    ours = history.newest
    theirs = stage.helm.newest(history.release, history.namespace)
    if ours and theirs and (ours.number, _moment(ours.deployed)) == (theirs[0], _moment(theirs[1])):
        return
    there = f"revision {theirs[0]} of {theirs[1][:19]}" if theirs else "none"
    here = f"revision {ours.number} of {ours.deployed[:19]}" if ours else "none"
    raise Refused(
        f"the newest revision of {history.release} in {history.namespace} is {there} for helm, by the kubeconfig and "
        f"context of [rehearsal], and {here} for golive, by [cluster], at {stage.server}. Nothing is moved: do both "
        "lead to one cluster? Or does somebody deploy just now?"
    )


def _moment(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _look(stage: Stage, when: When, journal: Journal | None = None) -> Look:
    if journal:
        journal.note("look", when=when)
    found = stage.look(when)
    stage.say(f"{when.replace('_', ' ')}: {', '.join(f'{item} {outcome}' for item, outcome in found.outcomes.items())}")
    if journal:
        journal.note("looked", when=when, **found.model_dump())
    return found


def _wrong(look: Look) -> str:
    return ", ".join(f"{item} {outcome}" for item, outcome in look.outcomes.items() if outcome != "PASS")


def _now() -> datetime:
    return datetime.now(UTC)
