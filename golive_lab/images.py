"""The images of the reference platform, as a registry holds them: index, manifests, configurations, layers.

Nothing is built and nothing could run: the one layer says that it is a stand-in. But each digest is its content's own,
so a registry takes them, and the lab's charts can pin them. The same bytes on every machine: no time, no compression.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import Any, Final

REGISTRY: Final = "registry.lab.test"
SERVICES: Final = ("gateway", "prices", "instruments", "feeder", "ingest", "jobs")
PROJECT: Final = "market-intelligence"
EARLIER_RELEASE: Final = "2026.10.3"
"""Its images are kept in the registry too."""
STORES: Final = {
    "postgresql": "17.10",
    "clickhouse": "26.9",
    "kafka": "4.4.0",
    "minio": "2026.10.3",
    "keycloak": "26.7.3",
}
"""Others' images, by tag, as the registry mirrors them: of one architecture each, in Docker's own format."""
OCI: Final = {
    "index": "application/vnd.oci.image.index.v1+json",
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "layer": "application/vnd.oci.image.layer.v1.tar",
}
DOCKER: Final = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "layer": "application/vnd.docker.image.rootfs.diff.tar",
}
ARCHITECTURES: Final = ("amd64", "arm64")
ONE_ARCHITECTURE: Final = "jobs"
"""The service that nobody builds for a second one."""


@dataclass(frozen=True)
class Part:
    """One piece of content, and what it says that it is."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """Of the content."""
        return "sha256:" + hashlib.sha256(self.content).hexdigest()

    def descriptor(self, **more: Any) -> dict[str, Any]:
        """How another part refers to it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content), **more}


@dataclass(frozen=True)
class LabImage:
    """An image under a tag. ``manifests`` in the order in which a registry takes them: what the tag names is last."""

    repository: str
    tag: str
    manifests: tuple[Part, ...]
    blobs: tuple[Part, ...]

    @property
    def digest(self) -> str:
        """By which the image is pinned."""
        return self.manifests[-1].digest

    @property
    def reference(self) -> str:
        """Registry, name, tag and digest."""
        return f"{REGISTRY}/{self.repository}:{self.tag}@{self.digest}"


def service_image(service: str, release: str) -> LabImage:
    """A service's: an OCI index over an image for each architecture that it is built for."""
    repository = f"{PROJECT}/{service}"
    architectures = ARCHITECTURES[:1] if service == ONE_ARCHITECTURE else ARCHITECTURES
    made = [_one(OCI, repository, release, architecture) for architecture in architectures]
    platforms = zip(made, architectures, strict=True)
    children = [part.descriptor(platform={"os": "linux", "architecture": name}) for (part, _), name in platforms]
    index = {"schemaVersion": 2, "mediaType": OCI["index"], "manifests": children}
    blobs = {part.digest: part for _, parts in made for part in parts}
    manifests = (*(manifest for manifest, _ in made), _json(OCI["index"], index))
    return LabImage(repository, release, manifests, tuple(blobs.values()))


def store_image(name: str) -> LabImage:
    """One of STORES."""
    manifest, blobs = _one(DOCKER, name, STORES[name], ARCHITECTURES[0])
    return LabImage(name, STORES[name], (manifest,), blobs)


def all_images(release: str) -> tuple[LabImage, ...]:
    """What the lab's registry holds; of each service the earlier release's image first."""
    services = [service_image(name, each) for each in (EARLIER_RELEASE, release) for name in SERVICES]
    return (*map(store_image, STORES), *services)


def _one(kind: dict[str, str], repository: str, tag: str, architecture: str) -> tuple[Part, tuple[Part, ...]]:
    layer = Part(kind["layer"], _layer(f"{repository} {tag}: a stand-in, nothing runs\n"))
    config = _json(
        kind["config"],
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Labels": {"org.opencontainers.image.title": repository, "lab.golive/stand-in": "true"}},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
        },
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind["manifest"],
        "config": config.descriptor(),
        "layers": [layer.descriptor()],
    }
    return _json(kind["manifest"], manifest), (config, layer)


def _layer(text: str) -> bytes:
    """A tar of one file, the same bytes wherever it is made."""
    packed, content = io.BytesIO(), text.encode()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        about = tarfile.TarInfo("stand-in.txt")
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def _json(media_type: str, value: Any) -> Part:
    return Part(media_type, json.dumps(value, separators=(",", ":")).encode())
