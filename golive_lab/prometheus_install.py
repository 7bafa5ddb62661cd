"""Prometheus as it lies in the cache: from the search path, else out of the system's own package, unpacked only.

On Debian and its family the package is downloaded and unpacked, never installed: no rights are needed and nothing is
started. Who signed the package list vouches for its content.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from golive.errors import LabUnavailable
from golive_lab.artifacts import OFFLINE_VARIABLE
from golive_lab.process import environment, run

if TYPE_CHECKING:
    from golive_lab.services.base import Progress

SYSTEM: Final = "prometheus"
DOWNLOAD_SECONDS: Final = 120.0
HINT: Final = "put prometheus and promtool on PATH; every package manager and the project itself have them"


@dataclass(frozen=True)
class Installation:
    """Where the two programs are."""

    server: Path
    tool: Path


def installation(cache: Path, progress: Progress) -> Installation:
    """Both programs. Raises LabUnavailable, with what was tried, where this machine has no way to them."""
    found = shutil.which("prometheus"), shutil.which("promtool")
    if found[0] and found[1]:
        return Installation(Path(found[0]), Path(found[1]))
    folder = cache / "prometheus" / _system()
    done = Installation(folder / "prometheus", folder / "promtool")
    if folder.exists():
        return done
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _unpack(folder, progress)
    return done


def _system() -> str:
    """Name and release of this system: what runs on one need not on another that shares the cache."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    told = dict(line.partition("=")[::2] for line in lines)
    return "-".join([told.get(name, "unknown").strip('"') for name in ("ID", "VERSION_ID")] + [os.uname().machine])


def _unpack(folder: Path, progress: Progress) -> None:
    apt, unpacker = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or unpacker is None:
        raise LabUnavailable(SYSTEM, "it is not on PATH, and this is no Debian whose package could be had", hint=HINT)
    if os.environ.get(OFFLINE_VARIABLE, "") not in {"", "0"}:
        raise LabUnavailable(SYSTEM, f"neither on PATH nor in the cache, and {OFFLINE_VARIABLE} is set", hint=HINT)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        progress("downloading the system's package (20 MB)")
        _download(apt, part)
        (package,) = part.glob("*.deb")
        progress("unpacking")
        run((unpacker, "-x", package, part / "root"), env=environment(), cwd=part)
        for name in ("prometheus", "promtool"):
            (part / "root" / "usr" / "bin" / name).rename(part / name)
        shutil.rmtree(part / "root")
        package.unlink()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _download(apt: str, part: Path) -> None:
    """Fetch the package; once more with fresh lists where they are absent or old, which takes root."""
    as_root = os.geteuid() == 0
    # Else apt warns that its own user cannot write into a folder of root's.
    options = ("-o", "APT::Sandbox::User=root") if as_root else ()
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    download = (apt, *options, "download", "prometheus")
    try:
        run(download, env=environment(**proxies), cwd=part, seconds=DOWNLOAD_SECONDS)
    except LabUnavailable as error:
        if not as_root:
            raise LabUnavailable(SYSTEM, f"its package could not be had: {error.message}", hint=HINT) from error
    else:
        return
    try:
        run((apt, "update"), env=environment(**proxies), cwd=part, seconds=DOWNLOAD_SECONDS)
        run(download, env=environment(**proxies), cwd=part, seconds=DOWNLOAD_SECONDS)
    except LabUnavailable as error:
        raise LabUnavailable(SYSTEM, f"its package could not be had: {error.message}", hint=HINT) from error
