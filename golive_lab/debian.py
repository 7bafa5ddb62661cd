"""Programs that only Debian's packages have: unpacked into the cache, so that nothing is installed and no root needed.

apt checks the packages' signatures. Which version there is, is Debian's own choice.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from golive.errors import LabUnavailable
from golive_lab.process import environment, run

if TYPE_CHECKING:
    from golive_lab.services.base import Progress


def unpacked(name: str, packages: tuple[str, ...], cache: Path, progress: Progress) -> Path:
    """The folder into which those packages were unpacked, once, as though it were the root of the file system.

    Raises LabUnavailable on a host that is no Debian, or where apt does not give them.
    """
    folder = cache / "debian" / name
    if folder.exists():
        return folder
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        hint = f"install {packages[0]} by the system's own means, so that it stands on PATH"
        raise LabUnavailable("lab", f"{name} is not on PATH, and this host is no Debian to have it from", hint=hint)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            progress(f"unpacking Debian's {packages[0]} (once)")
            part = folder.with_name(f"{name}.part")
            shutil.rmtree(part, ignore_errors=True)
            _unpack(packages, part)
            part.rename(folder)
    return folder


def _unpack(packages: tuple[str, ...], root: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            run(("apt-get", "download", *packages), env=environment(), cwd=folder)
        except LabUnavailable:
            # A machine that never asked what there is, or whose list is too old.
            run(("apt-get", "update", "-q"), env=environment(), cwd=folder)
            run(("apt-get", "download", *packages), env=environment(), cwd=folder)
        for package in sorted(folder.glob("*.deb")):
            run(("dpkg-deb", "-x", package, root), env=environment(), cwd=folder)
