"""Archive the classes of the Java servers so that later labs start faster: ``python -m golive_lab.class_archives``.

Worth it where labs are started often: it takes one start of each server and a minute more, and saves every later
start a third of its work. A lab never does this by itself, and runs as well without.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from golive.errors import LabUnavailable
from golive.waiting import Deadline, wait_until
from golive_lab import artifacts, kafka_install, opensearch_install
from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.context import Lab
from golive_lab.keycloak_install import installation
from golive_lab.process import Spawner
from golive_lab.secrets import Secrets
from golive_lab.services.kafka import KafkaService
from golive_lab.services.keycloak import KeycloakService
from golive_lab.services.opensearch import OpenSearchService

if TYPE_CHECKING:
    from golive_lab.process import Child
    from golive_lab.services.base import Progress

END_SECONDS = 300.0
"""For Java to write an archive when the server ends."""


def make(service: KafkaService | KeycloakService | OpenSearchService, archive: Path, progress: Progress) -> None:
    """Run the server once and have Java write the archive. Raises LabUnavailable when it does not."""
    service.prepare(progress)
    if archive.exists():
        return
    service.record = archive.with_suffix(".part")
    log = service.lab.folder / f"{service.name}.log"
    progress("recording a start")
    spawner = Spawner()  # held: what it started dies with it
    child = spawner.spawn(service.launch(), log)
    try:
        deadline = Deadline(service.name, "its start", service.ready_seconds * 2)
        wait_until(lambda: _state(service, child), deadline)
        service.settle(progress)
        progress("writing the archive")
        child.stop(service.launch().stop_signal, END_SECONDS)
    finally:
        child.kill()
    if not service.record.exists():
        tail = log.read_text(encoding="utf-8", errors="replace")[-500:]
        raise LabUnavailable(service.system, f"Java wrote no archive of {service.name}'s classes: {tail}")
    service.record.replace(archive)


def _state(service: KafkaService | KeycloakService | OpenSearchService, child: Child) -> tuple[bool | None, str]:
    if child.exit_status is not None:
        raise LabUnavailable(service.system, f"{service.name} ended with status {child.exit_status} while recorded")
    state = service.ready()
    return (True, "ready") if state is None else (None, state)


def main() -> None:
    """Make all archives, one after the other."""
    with tempfile.TemporaryDirectory(prefix="golive-archive-") as folder:
        root = Path(folder)
        lab = Lab(root, Configuration.load("reference"), Secrets(root / "secrets"), Authority(root / "authority"))
        kafka, keycloak, opensearch = KafkaService(lab), KeycloakService(lab), OpenSearchService(lab)
        places = (
            (kafka, kafka_install.archive(lab.cache)),
            (keycloak, installation(lab.cache, _say("keycloak")).archive),
            (opensearch, opensearch_install.archive(lab.cache)),
        )
        for service, archive in places:
            started = time.monotonic()
            make(service, archive, _say(service.name))
            size = archive.stat().st_size / artifacts.MB
            _say(service.name)(f"{size:.0f} MB in {time.monotonic() - started:.0f} s")


def _say(name: str) -> Progress:
    return lambda words: print(f"{name}: {words}", file=sys.stderr)  # noqa: T201 - a tool for the terminal


if __name__ == "__main__":
    main()
