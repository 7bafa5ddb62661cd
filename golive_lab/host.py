"""Which hosts the lab runs on, and how as root a server drops to a user without rights."""

from __future__ import annotations

import os
import platform
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from golive.errors import LabUnavailable

MIN_GLIBC = (2, 34)


@dataclass(frozen=True)
class User:
    """A user and group to run a server as."""

    uid: int
    gid: int


def require_supported() -> None:
    """Raise LabUnavailable, saying what was seen, where the lab's servers have no binaries for this host."""
    hint = "run against a real target with --target=NAME; that needs Python alone"
    needed = f"the lab needs Linux with glibc {MIN_GLIBC[0]}.{MIN_GLIBC[1]} or newer, or macOS"
    if sys.platform == "darwin":
        return
    if sys.platform != "linux":
        raise LabUnavailable("lab", f"{needed}; this is {platform.system() or sys.platform}", hint=hint)
    name, version = platform.libc_ver()
    if name != "glibc":
        raise LabUnavailable("lab", f"{needed}; this Linux has another C library ({name or 'not glibc'})", hint=hint)
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_GLIBC:
        raise LabUnavailable("lab", f"{needed}; this Linux has glibc {version}", hint=hint)


def unprivileged() -> User | None:
    """Whom to run a server as that refuses to run as root; None when this is not root and nothing need change.

    Raises LabUnavailable where there is no user ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise LabUnavailable("lab", "PostgreSQL refuses to run as root and there is no user 'nobody'") from None
    return User(entry.pw_uid, entry.pw_gid)


def open_to_all(path: Path) -> bool:
    """Whether a user without rights may pass through every folder down to ``path``, and read or enter it."""
    resolved = path.resolve()
    folders = all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    wanted = stat.S_IXOTH if resolved.is_dir() else stat.S_IROTH
    return folders and bool(resolved.stat().st_mode & wanted)
