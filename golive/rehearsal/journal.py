"""The journal of a rehearsal: each step is on disk before it is taken.

Whoever works by it holds a lock on it, and so does the helm that was begun meanwhile, also where nobody waits for that
one any more. A journal that nobody holds is one that was broken off.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

from golive.errors import BadInput, CredentialsRefused, GoliveError
from golive.evidence.rehearsals import FOLDER
from golive.facts.history import Content
from golive.residue import RunId

OPEN: Final = "under-way.jsonl"
Side = Literal["earlier", "current"]


class Held(GoliveError):
    """Somebody works by this journal just now: ``pid`` where the rehearsal itself lives on this host, else helm."""

    def __init__(self, path: Path, run: str) -> None:
        self.pid = _alive(run)
        who = f"process {self.pid}" if self.pid else "golive is gone from this host, what it had begun goes on"
        super().__init__(f"{path}: the rehearsal {run} is under way ({who})")


@dataclass(frozen=True)
class Point:
    """A revision of Helm's, and what it deployed."""

    number: int
    content: Content


@dataclass(frozen=True)
class Move:
    """One rollback, to either side: the revision that it repeats, and the number of the one that it makes."""

    towards: Side
    repeats: int
    makes: int
    at: datetime
    done: bool = False


@dataclass(frozen=True)
class State:
    """All that a journal says."""

    run: str
    """As ``golive.residue.RunId`` writes it."""
    target: str
    release: str
    name: str
    """Of Helm's release."""
    namespace: str
    server: str
    """The cluster's."""
    current: Point
    """What was deployed at the beginning, and shall be in the end."""
    earlier: Point
    moves: tuple[Move, ...] = ()
    astray: int = 0
    """A revision that helm said it had made, and that was not the newest one then."""

    def point(self, side: Side) -> Point:
        """The revision of that side."""
        return self.current if side == "current" else self.earlier


class Journal:
    """An open journal, whose lock is held; a context manager."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self._descriptor = path, descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @classmethod
    def refuse_second(cls, folder: Path) -> None:
        """Raises BadInput where one is open already."""
        path = under_way(folder)
        if path.exists():
            raise BadInput("a rehearsal is open already", file=path, suggestion="golive abort --target NAME")

    @classmethod
    def begin(cls, folder: Path, state: State) -> Journal:
        """A new one, with what is there before anything is moved. Raises BadInput where one is open already."""
        path = under_way(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"{state.run}.part")
        descriptor = os.open(own, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        journal = cls(path, descriptor)
        later = {"moves", "astray"}
        journal._write("begin", {name: value for name, value in asdict(state).items() if name not in later})
        try:
            os.link(own, path)  # whole and locked, or not there at all
        except FileExistsError:
            os.close(descriptor)
            cls.refuse_second(folder)
            raise
        finally:
            own.unlink()
        return journal

    @classmethod
    def find(cls, folder: Path) -> Journal | None:
        """The one that is open; None where there is none.

        Raises Held while somebody works by it, CredentialsRefused where it is another user's.
        """
        path = under_way(folder)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        except PermissionError:
            raise others(folder, "it may not be written") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            state = read(path)
            raise Held(path, state.run if state else "") from None
        if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
            os.close(descriptor)
            return None  # whoever held it ended it meanwhile
        return cls(path, descriptor)

    @property
    def held(self) -> int:
        """The file descriptor that the lock is on, for a child that shall hold it too."""
        return self._descriptor

    @property
    def state(self) -> State:
        """What it says by now. Raises BadInput where it is no journal."""
        state = read(self.path)
        if state is None:
            raise BadInput("is no journal of a rehearsal", file=self.path, suggestion="see what is deployed; remove it")
        return state

    def move(self, towards: Side, makes: int) -> Move:
        """About to roll back to a side."""
        made = Move(towards, self.state.point(towards).number, makes, datetime.now(UTC))
        self._write("move", {"towards": towards, "repeats": made.repeats, "makes": makes})
        return made

    def moved(self, move: Move) -> None:
        """It was made, and is what it should be."""
        self._write("moved", {"makes": move.makes})

    def astray(self, move: Move) -> None:
        """Helm said that it was made, and it is not there."""
        self._write("astray", {"makes": move.makes})

    def note(self, step: str, **fields: object) -> None:
        """A step that changes nothing in the target."""
        self._write(step, fields)

    def end(self, how: str) -> Path:
        """Nothing is left to do by it: put it away. Gives where it is kept."""
        state = self.state
        self._write("end", {"how": how})
        kept = self.path.parent / state.release / f"{state.run}.jsonl"
        kept.parent.mkdir(exist_ok=True)
        self.path.rename(kept)
        return kept

    def _write(self, step: str, fields: Mapping[str, Any]) -> None:
        line = json.dumps({"step": step, "at": datetime.now(UTC).isoformat(), **fields})
        os.write(self._descriptor, f"{line}\n".encode())
        os.fsync(self._descriptor)


def others(folder: Path, lacking: str) -> CredentialsRefused:
    """The error of an open journal that is another user's: which file, whose it is, and what is lacking."""
    path = under_way(folder)
    uid = path.stat().st_uid
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # of another host, say, by a shared folder
        name = f"#{uid}"
    words = f"{path} is of a rehearsal by {name}: {lacking}"
    return CredentialsRefused("rehearsal", words, hint=f"ask {name}; or: sudo -u {name} golive abort --target NAME")


def under_way(folder: Path) -> Path:
    """The open journal of an evidence folder, or where it would be: beside the signed records."""
    return folder / FOLDER / OPEN


def _alive(run: str) -> int:
    """The process of a run where it lives on this host, else 0."""
    try:
        known = RunId.parse(run)
    except ValueError:
        return 0
    return known.pid if known.is_alive_here() else 0


def read(path: Path) -> State | None:
    """What a journal says; None for what is none. A last line that was cut is a step that was never taken."""
    try:
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines()]
        begun = {name: value for name, value in lines[0].items() if name not in {"step", "at"}}
        points = {
            side: Point(begun[side]["number"], Content(**begun[side]["content"])) for side in ("current", "earlier")
        }
        done = {line["makes"] for line in lines if line["step"] == "moved"}
        moves = tuple(
            Move(
                each["towards"],
                each["repeats"],
                each["makes"],
                datetime.fromisoformat(each["at"]),
                each["makes"] in done,
            )
            for each in lines
            if each["step"] == "move"
        )
        astray = next((line["makes"] for line in lines if line["step"] == "astray"), 0)
        return State(**{**begun, **points}, moves=moves, astray=astray)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
