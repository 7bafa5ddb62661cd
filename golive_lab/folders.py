"""Lab folders and the register of kept labs: who lives, what a dead supervisor left, and its removal."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from golive_lab.files import read_json, write_json
from golive_lab.process import is_alive, signal_tree, start_stamp

PREFIX = "golive-lab-"
STATE = "state.json"
OVERLAY = "overlay.json"
SOCKET = "control.sock"
OUTSIDE = "outside.json"
NEWBORN_SECONDS = 60.0
"""A folder without a state file is left alone for so long: its supervisor may be about to write one."""


@dataclass(frozen=True)
class Kept:
    """One kept lab as registered by its supervisor."""

    name: str
    folder: str
    pid: int
    stamp: float
    configuration: str
    digest: str
    started: float
    """Unix time."""

    @property
    def alive(self) -> bool:
        """Whether its supervisor still runs."""
        return is_alive(self.pid, self.stamp)

    @property
    def path(self) -> Path:
        """The lab's folder."""
        return Path(self.folder)


def new_folder() -> Path:
    """A path for a lab that does not exist yet; the supervisor makes it."""
    return Path(tempfile.gettempdir()) / f"{PREFIX}{uuid.uuid4().hex[:10]}"


def register_file(name: str) -> Path:
    """Where a kept lab of that name is registered (``$XDG_STATE_HOME/golive/labs``)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "golive" / "labs" / f"{name}.json"


def find_kept(name: str) -> Kept | None:
    """The kept lab of that name, if it is alive; what a dead one left in the register is removed."""
    file = register_file(name)
    content = read_json(file)
    if content is None:
        return None
    try:
        kept = Kept(**content)
    except TypeError:  # written by another version
        kept = None
    if kept is not None and kept.alive:
        return kept
    file.unlink(missing_ok=True)
    return None


def register(kept: Kept) -> bool:
    """Enter a kept lab; False when a living one has that name already."""
    file = register_file(kept.name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if find_kept(kept.name) is not None:
        return False
    draft = file.with_name(f".{kept.name}.{kept.pid}")
    write_json(draft, asdict(kept))
    try:
        os.link(draft, file)  # fails when somebody was faster, unlike a rename
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def unregister(name: str, pid: int) -> None:
    """Take one's own entry out of the register."""
    content = read_json(register_file(name))
    if content is not None and content.get("pid") == pid:
        register_file(name).unlink(missing_ok=True)


def write_state(folder: Path, processes: Mapping[str, tuple[int, float]]) -> None:
    """Note this process as the supervisor, and the servers that it runs as pid and start stamp."""
    own = (os.getpid(), start_stamp(os.getpid()))
    write_json(folder / STATE, {"supervisor": own, "processes": dict(processes)})


def note_outside(folder: Path, sockets: Iterable[Path]) -> None:
    """Note sockets that a server makes outside its lab's folder, to be removed with it."""
    noted = (read_json(folder / OUTSIDE) or {}).get("sockets", [])
    write_json(folder / OUTSIDE, {"sockets": sorted({*noted, *map(str, sockets)})})


def remove_leftovers() -> list[Path]:
    """Remove the folders of labs whose supervisor is dead, with any server of theirs that still runs."""
    removed = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_leftover(folder):
            remove(folder)
            removed.append(folder)
    return removed


def remove(folder: Path) -> None:
    """Kill the servers that the folder's state names, where they are still the same processes, and delete it."""
    for pid, stamp in _processes(read_json(folder / STATE)):
        if is_alive(pid, stamp):
            signal_tree(pid, signal.SIGKILL)
    for path in (read_json(folder / OUTSIDE) or {}).get("sockets", []):
        if Path(path).is_socket():
            Path(path).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _is_leftover(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False  # another supervisor removed it
    if status.st_uid != os.geteuid() or folder.is_symlink() or not folder.is_dir():
        return False
    state = read_json(folder / STATE)
    if state is None:
        return time.time() - status.st_mtime > NEWBORN_SECONDS
    pid, stamp = state["supervisor"]
    return not is_alive(pid, stamp)


def _processes(state: dict[str, Any] | None) -> list[tuple[int, float]]:
    return [(pid, stamp) for pid, stamp in state["processes"].values()] if state else []
