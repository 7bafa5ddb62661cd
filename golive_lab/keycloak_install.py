"""Keycloak as it lies in the cache: unpacked, built once for this lab's options, and an empty database.

Each lab gets a home of its own over that one build. The database template holds the master realm as Keycloak
makes it, without any realm of the lab's, and one admin, a service account whose secret lies beside it: by that the
lab brings in what it needs there (``keycloak_master``).
"""

from __future__ import annotations

import secrets
import shutil
import stat
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from golive_lab import artifacts
from golive_lab.java import FLAGS, archive_flags, class_path, java, java_environment, key
from golive_lab.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from golive_lab.services.base import Progress

HEAP: Final = "-Xmx512m"
BUILD: Final = ("--db=dev-file", "--health-enabled=true")
SHARED: Final = ("lib", "providers", "themes")
OPENED: Final = ("java.util", "java.util.concurrent", "java.security", "java.lang")
"""Packages of java.base that Keycloak's libraries reach into, as its own start script says."""
BUILD_SECONDS: Final = 300.0
DATABASE: Final = "keycloakdb.mv.db"
MASTER_ADMIN: Final = "lab-master-admin"
"""Client of the template's admin."""


@dataclass(frozen=True)
class Installation:
    """One build of Keycloak; ``folder`` is read-only for labs."""

    folder: Path

    @property
    def template(self) -> Path:
        """The database before any realm of a lab (H2)."""
        return self.folder / "template" / DATABASE

    @property
    def secret(self) -> Path:
        """Of the template's admin; shared by the labs of this cache, readable by its owner alone."""
        return self.folder / "template" / "secret"

    @property
    def archive(self) -> Path:
        """Java's ahead-of-time archive of Keycloak's classes; only there where somebody had it made."""
        return self.folder / f"keycloak-{key(*FLAGS, *_PROPERTIES)}.aot"

    def home(self, home: Path) -> Path:
        """Make a home over this build, with a fresh copy of the empty database; one that exists stays as it is."""
        if (home / "data").exists():
            return home
        for name in SHARED:
            (home / name).symlink_to(self.folder / name)
        shutil.copytree(self.folder / "conf", home / "conf")
        (home / "tmp").mkdir()
        database = home / "data" / "h2" / DATABASE
        database.parent.mkdir(parents=True)
        if self.template.exists():
            shutil.copyfile(self.template, database)
        return home

    def command(self, home: Path, *arguments: str, record: Path | None = None) -> tuple[str, ...]:
        """The command line of Keycloak with that home, without its shell script (so that signals reach it).

        ``record`` has Java write an archive of the classes there when Keycloak ends.
        """
        archive = archive_flags(self.archive, record)
        return (
            str(java()),
            HEAP,
            *FLAGS,
            *archive,
            *_PROPERTIES,
            f"-Dkc.home.dir={home}",
            f"-Djboss.server.config.dir={home / 'conf'}",
            f"-Djava.io.tmpdir={home / 'tmp'}",
            *(self._flat_entry() if archive else self._entry()),
            *arguments,
        )

    def _entry(self) -> tuple[str, ...]:
        return ("-cp", str(self.folder / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint")

    def _flat_entry(self) -> tuple[str, ...]:
        """Class path and main class without Quarkus's class loader, whose classes Java cannot archive."""
        lib = self.folder / "lib"
        jars = [
            lib / "quarkus" / "transformed-bytecode.jar",
            lib / "quarkus" / "generated-bytecode.jar",
            *sorted((lib / "app").glob("*.jar")),
            *sorted((lib / "lib" / "boot").glob("*.jar")),
            *sorted((lib / "lib" / "main").glob("*.jar")),
            lib / "quarkus-run.jar",
        ]
        return ("-cp", class_path(jars), "org.keycloak.quarkus.runtime.KeycloakMain")


_PROPERTIES: Final = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
)


def installation(cache: Path, progress: Progress) -> Installation:
    """The build in the cache; unpacked and built on first use (half a minute). Raises LabUnavailable."""
    name = f"keycloak-{key(artifacts.digest('keycloak'), *BUILD, MASTER_ADMIN)}"
    folder = cache / "keycloak" / name
    done = Installation(folder)
    if folder.exists():
        return done
    (distribution,) = artifacts.fetch("keycloak", cache, progress)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{name}.lock"):
        if not folder.exists():
            part = folder.parent / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            _build(distribution, part, progress)
            part.rename(folder)
    return done


def _build(distribution: Path, part: Path, progress: Progress) -> None:
    progress("unpacking Keycloak")
    unpacked = part.with_suffix(".unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)
    with zipfile.ZipFile(distribution) as archive:
        archive.extractall(unpacked)
    (root,) = unpacked.iterdir()
    root.rename(part)
    unpacked.rmdir()
    (part / "tmp").mkdir()
    build = Installation(part)
    progress("building Keycloak (once, half a minute)")
    run(build.command(part, "build", *BUILD), env=java_environment(), cwd=part, seconds=BUILD_SECONDS)
    progress("making Keycloak's empty database (once)")
    exported = part / "tmp" / "exported"
    secret = secrets.token_urlsafe(48)
    admin = {"KC_BOOTSTRAP_ADMIN_CLIENT_ID": MASTER_ADMIN, "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": secret}
    # Export takes no such option, but heeds the variable; else it would open ports on every interface meanwhile.
    local = {"KC_CACHE": "local"}
    run(
        build.command(part, "export", "--optimized", f"--dir={exported}", "--realm=master"),
        env={**java_environment(), **admin, **local},
        cwd=part,
        seconds=BUILD_SECONDS,
    )
    shutil.rmtree(exported)
    (part / "template").mkdir()
    (part / "data" / "h2" / DATABASE).rename(build.template)
    build.secret.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    build.secret.write_text(secret, encoding="utf-8")
    build.template.chmod(stat.S_IRUSR | stat.S_IWUSR)
    shutil.rmtree(part / "data")
