"""Make ``artifacts.lock.json`` anew: ``python -m golive_lab.lock_artifacts``.

Resolves Kafka's broker, Keycloak's distribution and OpenSearch with jgo, downloads every file once and writes paths,
sizes and sums. Run it to move to another release; review the difference like any change of dependencies.
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
    from jgo.maven import Artifact, MavenContext

KAFKA = "4.4.0"
SCALA = "2.13"
KEYCLOAK = "26.7.3"
OPENSEARCH = "3.9.0"


def kafka_files(context: MavenContext) -> list[Path]:
    """The broker's jars, and log4j's binding for slf4j, which the broker needs at run time and does not name.

    The binding is no input of the same resolution: jgo would take its parent for a bill of materials, and that
    pins another release of Kafka's client.
    """
    artifacts = _resolved(context, f"org.apache.kafka:kafka_{SCALA}:{KAFKA}")
    log4j = next(one.version for one in artifacts if one.artifactId == "log4j-core")
    binding = context.project("org.apache.logging.log4j", "log4j-slf4j-impl").at_version(log4j).artifact()
    return [Path(artifact.resolve()) for artifact in [*artifacts, binding]]


def keycloak_files(context: MavenContext) -> list[Path]:
    """Keycloak's distribution, one archive."""
    project = context.project("org.keycloak", "keycloak-quarkus-dist")
    return [Path(project.at_version(KEYCLOAK).artifact(packaging="zip").resolve())]


def opensearch_files(context: MavenContext) -> list[Path]:
    """The server's jars, with three that it loads at run time and does not name: its class loader, agent and log4j."""
    artifacts = _resolved(context, f"org.opensearch:opensearch:{OPENSEARCH}")
    log4j = next(one.version for one in artifacts if one.artifactId == "log4j-api")
    unnamed = (
        ("org.opensearch", "opensearch-plugin-classloader", OPENSEARCH),
        ("org.opensearch", "opensearch-agent-bootstrap", OPENSEARCH),
        ("org.apache.logging.log4j", "log4j-core", log4j),
    )
    more = [context.project(group, name).at_version(version).artifact() for group, name, version in unnamed]
    return [Path(artifact.resolve()) for artifact in [*artifacts, *more]]


def netty_files(context: MavenContext) -> list[Path]:
    """OpenSearch's HTTP interface, a module of its own, without what the server has and without native QUIC."""
    server = {path.name for path in opensearch_files(context)}
    artifacts = _resolved(context, f"org.opensearch.plugin:transport-netty4-client:{OPENSEARCH}")
    found = [Path(one.resolve()) for one in artifacts if one.artifactId != "netty-codec-native-quic"]
    return [path for path in found if path.name not in server]


def _resolved(context: MavenContext, coordinate: str) -> list[Artifact]:
    dependency = context.create_dependency(coordinate)
    dependency.scope = "compile"
    inputs, transitive = context.resolver.resolve([dependency])
    return [one.artifact for one in [*inputs, *transitive]]


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
            for name, files in (
                ("kafka", kafka_files(context)),
                ("keycloak", keycloak_files(context)),
                ("opensearch", opensearch_files(context)),
                ("opensearch-netty", netty_files(context)),
            )
        }
    versions = {"kafka": KAFKA, "keycloak": KEYCLOAK, "opensearch": OPENSEARCH}
    LOCK_FILE.write_text(json.dumps({"versions": versions, "groups": groups}, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{LOCK_FILE.name}: " + ", ".join(f"{len(v)} files for {k}" for k, v in groups.items()) + "\n")


if __name__ == "__main__":
    main()
