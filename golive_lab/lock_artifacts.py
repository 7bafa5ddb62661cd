"""Make ``artifacts.lock.json`` anew: ``python -m golive_lab.lock_artifacts``.

Resolves Kafka's broker and Keycloak's distribution with jgo, downloads every file once and writes paths, sizes
and sums. Run it to move to another release; review the difference like any change of dependencies.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from golive_lab.artifacts import LOCK_FILE

if TYPE_CHECKING:
    from jgo.maven import MavenContext

KAFKA = "4.4.0"
SCALA = "2.13"
KEYCLOAK = "26.7.3"


def kafka_files(context: MavenContext) -> list[Path]:
    """The broker's jars, and log4j's binding for slf4j, which the broker needs at run time and does not name.

    The binding is no input of the same resolution: jgo would take its parent for a bill of materials, and that
    pins another release of Kafka's client.
    """
    broker = context.create_dependency(f"org.apache.kafka:kafka_{SCALA}:{KAFKA}")
    broker.scope = "compile"
    inputs, transitive = context.resolver.resolve([broker])
    artifacts = [dependency.artifact for dependency in [*inputs, *transitive]]
    log4j = next(one.version for one in artifacts if one.artifactId == "log4j-core")
    binding = context.project("org.apache.logging.log4j", "log4j-slf4j-impl").at_version(log4j).artifact()
    return [Path(artifact.resolve()) for artifact in [*artifacts, binding]]


def keycloak_files(context: MavenContext) -> list[Path]:
    """Keycloak's distribution, one archive."""
    project = context.project("org.keycloak", "keycloak-quarkus-dist")
    return [Path(project.at_version(KEYCLOAK).artifact(packaging="zip").resolve())]


def entry(path: Path, root: Path) -> dict[str, str | int]:
    """One line of the lock."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path.relative_to(root).as_posix(), "sha256": sha256, "size": path.stat().st_size}


def main() -> None:
    """Resolve, download, write the lock."""
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        context = MavenContext(repo_cache=root, timeout=60)
        groups = {
            name: sorted((entry(path, root) for path in files), key=lambda one: str(one["path"]))
            for name, files in (("kafka", kafka_files(context)), ("keycloak", keycloak_files(context)))
        }
    LOCK_FILE.write_text(
        json.dumps({"versions": {"kafka": KAFKA, "keycloak": KEYCLOAK}, "groups": groups}, indent=1) + "\n",
        encoding="utf-8",
    )
    sys.stdout.write(f"{LOCK_FILE.name}: " + ", ".join(f"{len(v)} files for {k}" for k, v in groups.items()) + "\n")


if __name__ == "__main__":
    main()
