"""HAProxy: from the search path, else out of Debian's packages, unpacked into the cache."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from golive_lab import debian
from golive_lab.process import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golive_lab.services.base import Progress

PACKAGES: Final = ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")
"""HAProxy and what it needs beyond what every Debian has."""


@dataclass(frozen=True)
class Installation:
    """The program, and the environment in which it finds its libraries."""

    program: Path
    environment: Mapping[str, str]


def installation(cache: Path, progress: Progress) -> Installation:
    """HAProxy. Raises LabUnavailable where this host has no way to it."""
    found = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found:
        return Installation(Path(found), environment())
    root = debian.unpacked("haproxy", PACKAGES, cache, progress)
    libraries = next(root.glob("usr/lib/**/liblua5.3.so.0")).parent
    return Installation(root / "usr" / "sbin" / "haproxy", environment(LD_LIBRARY_PATH=str(libraries)))
