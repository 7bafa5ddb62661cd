"""Bad worlds of images: what the registry holds, what a release renders, what workloads use. Each undone precisely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from golive_lab.configuration import Configuration
from golive_lab.control import LabHandle
from golive_lab.images import EARLIER_RELEASE, PROJECT, REGISTRY, LabImage, service_image
from golive_lab.kubernetes.reaching import APPLICATION, changed, cluster, some_node
from golive_lab.services.registry import ROOT, RegistryService
from golive_lab.worlds.registry import WORLDS, world
from golive_lab.worlds.releases import further_revision
from golive_lab.worlds.workloads import INTRUDER, Record, further, pod_template

SERVICE: Final = "gateway"
SMALL_SERVICE: Final = "jobs"


def _image(lab: LabHandle) -> LabImage:
    return service_image(SERVICE, Configuration.load(lab.status()["configuration"]).platform.release)


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


# what the registry holds, in distribution's own layout


def _store(lab: LabHandle) -> Path:
    return lab.folder / RegistryService.name / ROOT / "docker" / "registry" / "v2"


def _repository(lab: LabHandle) -> Path:
    return _store(lab) / "repositories" / _image(lab).repository


def _tag(lab: LabHandle) -> Path:
    return _repository(lab) / "_manifests" / "tags" / _image(lab).tag


def _manifest(lab: LabHandle, number: int) -> Path:
    return _repository(lab) / "_manifests" / "revisions" / "sha256" / _hex(_image(lab).manifests[number].digest)


def _layer(lab: LabHandle) -> Path:
    return _repository(lab) / "_layers" / "sha256" / _hex(_image(lab).blobs[1].digest)


def _gone(place: Callable[[LabHandle], Path]) -> Callable[[LabHandle], AbstractContextManager[None]]:
    """That folder of the store is away."""

    @contextmanager
    def without(lab: LabHandle) -> Iterator[None]:
        path, away = place(lab), lab.folder / RegistryService.name / "away"
        path.rename(away)
        try:
            yield
        finally:
            away.rename(path)

    return without


@contextmanager
def _file(path: Path, content: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


WORLDS |= {
    "registry_tag_missing": _gone(_tag),
    "registry_manifest_missing": _gone(lambda lab: _manifest(lab, -1)),
    "registry_architecture_missing": _gone(lambda lab: _manifest(lab, 0)),
    "registry_layer_missing": _gone(_layer),
}


@world
@contextmanager
def registry_tag_moved(lab: LabHandle) -> Iterator[None]:
    """Somebody pushed another image under the release's tag."""
    other = service_image(SERVICE, EARLIER_RELEASE).digest
    with _file(_tag(lab) / "current" / "link", other.encode()):
        yield


@world
@contextmanager
def registry_bytes_changed(lab: LabHandle) -> Iterator[None]:
    """What the store has under a manifest's digest is something else."""
    part = _image(lab).manifests[-1]
    name = _hex(part.digest)
    with _file(_store(lab) / "blobs" / "sha256" / name[:2] / name / "data", part.content + b" "):
        yield


# what a release renders, and where it may run


@world
@contextmanager
def node_of_another_architecture(lab: LabHandle) -> Iterator[None]:
    """A node is of an architecture that not every image is built for."""
    with cluster(lab) as api:
        path = f"/api/v1/nodes/{some_node(lab)}/status"

        def told(architecture: str) -> Record:
            return {"status": {"nodeInfo": {"architecture": architecture}}}

        with changed(api, path, told("arm64"), told("amd64")):
            yield


def _rendered(change: Callable[[str, str], str]) -> Callable[[LabHandle], AbstractContextManager[None]]:
    """A further revision whose manifests are those of the newest after ``change``, which is told the release's tag."""

    def differ(record: Record) -> None:
        record["manifest"] = change(record["manifest"], record["config"]["image"]["tag"])

    return lambda lab: further_revision(lab, APPLICATION, differ)


_SMALL: Final = f"{PROJECT}/{SMALL_SERVICE}"
WORLDS |= {
    "release_renders_another_registry": _rendered(
        lambda text, _: text.replace(f"{REGISTRY}/{_SMALL}", f"quay.io/{_SMALL}")
    ),
    "release_renders_an_old_image": _rendered(
        lambda text, tag: text.replace(f"{_SMALL}:{tag}@", f"{_SMALL}:{EARLIER_RELEASE}@")
    ),
    "release_renders_an_unknown_tag": _rendered(
        lambda text, tag: text.replace(f":{tag}@{service_image(SMALL_SERVICE, tag).digest}", f":{tag}-rc")
    ),
    "release_renders_old_images": _rendered(lambda text, tag: text.replace(f":{tag}@", f":{EARLIER_RELEASE}@")),
    "release_renders_no_yaml": _rendered(lambda text, _: f"{text}\n---\n}}: cut"),
}  # fmt: skip


# what workloads use


@world
@contextmanager
def workload_on_latest(lab: LabHandle) -> Iterator[None]:
    """A deployment runs whatever is the latest."""
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": INTRUDER}}}
    template = pod_template(f"{REGISTRY}/{_SMALL}:latest")
    thing = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {**spec, "template": template}}
    with further(lab, "/apis/apps/v1/namespaces/{namespace}/deployments", thing):
        yield


@world
@contextmanager
def cron_job_without_a_tag(lab: LabHandle) -> Iterator[None]:
    """A job of every night has an image without a tag."""
    template = pod_template(f"{REGISTRY}/{_SMALL}", restartPolicy="Never")
    spec = {"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": {"template": template}}}
    thing = {"apiVersion": "batch/v1", "kind": "CronJob", "spec": spec}
    with further(lab, "/apis/batch/v1/namespaces/{namespace}/cronjobs", thing):
        yield
