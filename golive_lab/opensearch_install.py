"""What is cached of OpenSearch, and a home folder that its own main class starts from.

Jars come from a Maven repository, as no distribution is served there: the server on the class path, its HTTP interface
as the module that it is in a distribution. No other module is laid out, which makes a start take seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from golive_lab import artifacts
from golive_lab.java import FLAGS, class_path, key

if TYPE_CHECKING:
    from pathlib import Path

    from golive_lab.services.base import Progress

HEAP: Final = ("-Xms256m", "-Xmx256m")
MAIN: Final = "org.opensearch.bootstrap.OpenSearch"
DESCRIPTOR: Final = """\
name=transport-netty4
description=HTTP and transport over Netty
classname=org.opensearch.transport.Netty4ModulePlugin
version={version}
opensearch.version={version}
java.version=21
has.native.controller=false
"""
LOG4J: Final = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


def jars(cache: Path, progress: Progress) -> str:
    """The server's class path. Raises LabUnavailable when an artifact cannot be had."""
    return class_path(artifacts.fetch("opensearch", cache, progress))


def archive(cache: Path) -> Path:
    """Where Java's ahead-of-time archive of its classes lies; only there where somebody had it made."""
    return cache / "opensearch" / f"opensearch-{key(artifacts.digest('opensearch'), *HEAP, *FLAGS)}.aot"


def lay_out(home: Path, cache: Path, progress: Progress) -> None:
    """Make ``home``: the module as links into the cache, a place for settings. Raises LabUnavailable as ``jars``."""
    module, config = home / "modules" / "transport-netty4", home / "config"
    for folder in (module, config):
        folder.mkdir(parents=True, exist_ok=True)
    for jar in artifacts.fetch("opensearch-netty", cache, progress):
        link = module / jar.name
        if not link.exists():
            link.symlink_to(jar)
    version = artifacts.version("opensearch")
    (module / "plugin-descriptor.properties").write_text(DESCRIPTOR.format(version=version), encoding="utf-8")
    (config / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
