"""The programs of a cluster: built once from Go modules into the cache, or found where the user says they are.

The sources beside this file are the whole build: ``go.mod`` and ``go.sum`` pin every module by hash, and their digest
is the key of what was built from them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from golive.errors import LabUnavailable

SYSTEM: Final = "cluster"
SOURCES: Final = ("go.mod", "go.sum", "main.go", "kwok.go")
PARTS: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")
"""Names of the one program that is the whole control plane; each is a link to it."""
PROGRAMS: Final = (*PARTS, "helm")
VARIABLE: Final = "GOLIVE_LAB_KUBERNETES"
"""A folder with all of PROGRAMS, to be used instead of a build; the word PATH means the search path."""
LONG: Final = "10 to 25 minutes on two cores, once"


@dataclass(frozen=True)
class Programs:
    """Where each program is, by name."""

    places: dict[str, Path]

    def __getitem__(self, name: str) -> str:
        """The program's path, to be executed."""
        return str(self.places[name])


def sources() -> Path:
    """The folder of the Go module."""
    return Path(__file__).parent


def digest() -> str:
    """16 hex digits over the module's files."""
    parts = b"".join((sources() / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(parts).hexdigest()[:16]


def version(module: str) -> str:
    """The version of a module as ``go.mod`` requires it, without its ``v``. Raises LookupError where it does not."""
    found = re.search(rf"^\s*{re.escape(module)} v(\S+)", (sources() / "go.mod").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise LookupError(f"go.mod requires no {module}")
    return found[1]


def built(cache: Path) -> Path:
    """Where the build of these sources lies, or would."""
    return cache / "kubernetes" / digest()


def found(cache: Path) -> Programs | None:
    """The programs named by the user, else the build in the cache; None where there is neither.

    Raises LabUnavailable, naming what is absent, where the user names a place that lacks some.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        return _named(named)
    folder = built(cache)
    return Programs({name: folder / name for name in PROGRAMS}) if folder.is_dir() else None


def needed(cache: Path) -> Programs:
    """The same. Raises LabUnavailable, with the command that builds them, where there are none."""
    programs = found(cache)
    if programs is None:
        raise LabUnavailable(
            SYSTEM, "Kubernetes' programs are not built yet", hint=f"build them with: golive lab build ({LONG})"
        )
    return programs


def _named(place: str) -> Programs:
    path = None if place == "PATH" else place
    places = {name: shutil.which(name, path=path) for name in PROGRAMS}
    absent = [name for name, there in places.items() if there is None]
    if absent:
        raise LabUnavailable(
            SYSTEM,
            f"{VARIABLE}={place} has no {', '.join(absent)}",
            hint=f"name a folder that has them all, or leave {VARIABLE} out and run: golive lab build",
        )
    return Programs({name: Path(str(there)).absolute() for name, there in places.items()})
