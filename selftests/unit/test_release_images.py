"""The images of a release: from its manifests, the nodes that may run them, and their registries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from golive.errors import NoEvidence, NotDescribed, ProtocolBroken, WrongVersion
from golive.facts import release_images as facts
from golive.facts.helm import Releases
from golive.facts.images import Image
from golive.facts.release_images import ReleaseImage, ReleaseImages
from golive.facts.stored_images import undeclared
from golive.target import Target
from golive.target.registries import Registry
from golive_lab.images import REGISTRY, service_image, store_image
from selftests.unit.answering import answers, target
from selftests.unit.registries import URL, Memory

IMAGE, STORE = service_image("gateway", "7.1"), store_image("kafka")
LABELS = {"amd64": {"disk": "fast"}, "arm64": {}}
LAB = target()


def deployment(name: str, *images: str, **selector: str) -> dict[str, Any]:
    pod = {"containers": [{"image": each} for each in images], "nodeSelector": selector}
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": {"spec": pod}}}


def described(rendered: Path | None = None, **changes: Any) -> Target:
    assert LAB.deployment is not None
    settings = LAB.deployment.model_copy(update={"rendered": rendered, "workloads": frozenset({"gateway"})})
    return LAB.model_copy(update={"deployment": settings, "registries": {REGISTRY: Registry(url=URL)}, **changes})


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of two nodes, and a registry that holds two images."""

    class Client:
        def __init__(self, _: Any) -> None: ...

        def list(self, path: str) -> list[Any]:
            assert path == "/api/v1/nodes"
            return [
                {
                    "metadata": {"labels": labels},
                    "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": name}},
                }
                for name, labels in LABELS.items()
            ]

    monkeypatch.setattr(facts, "ClusterClient", Client)
    answers(monkeypatch, Memory((IMAGE, STORE), expected=""))


def of(folder: Path, *things: Any, tag: str = "7.1") -> tuple[ReleaseImage, ...]:
    (folder / "all.yaml").write_text(yaml.safe_dump_all(things), encoding="utf-8")
    return ReleaseImages(described(Path("all.yaml")), folder).of(tag)


def test_each_image_is_told_once_with_all_who_use_it(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        deployment("prices", IMAGE.reference, disk="fast"), deployment("gateway", IMAGE.reference),
        deployment("kafka", STORE.reference, disk="fast"),
    )  # fmt: skip
    both, amd = ("linux/amd64", "linux/arm64"), ("linux/amd64",)
    assert found == (
        ReleaseImage("gateway:7.1", IMAGE.reference, ("gateway", "prices"), "7.1", IMAGE.digest, both, ()),
        ReleaseImage(f"kafka:{STORE.tag}", STORE.reference, ("kafka",), STORE.tag, STORE.digest, amd, ()),
    )


def test_what_keeps_a_node_from_pulling_is_told(tmp_path: Path) -> None:
    elsewhere = "quay.io/a/b:1"
    found = of(
        tmp_path,
        deployment("gateway", IMAGE.reference, disk="slow"), deployment("kafka", STORE.reference),
        deployment("other", elsewhere, disk="slow"),
    )  # fmt: skip
    assert [each.lacking for each in found] == [
        ("no node may take it",), ("nothing for linux/arm64: its configuration says linux/amd64",),
        (undeclared(Image.of(elsewhere)), "no node may take it"),
    ]  # fmt: skip


def test_what_helm_has_deployed_counts_where_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = yaml.safe_dump(deployment("gateway", IMAGE.reference))
    monkeypatch.setattr(Releases, "manifest", manifest)
    images = ReleaseImages(described(), Path("/nowhere"))
    assert [each.reference for each in images.of("7.1")] == [IMAGE.reference]
    with pytest.raises(WrongVersion) as caught:
        images.of("7.2")
    assert caught.value.message == "what Helm has deployed is of '7.1'; expected '7.2'"
    monkeypatch.setattr(Releases, "manifest", "a: b: c")
    with pytest.raises(ProtocolBroken) as broken:
        images.of("7.1")
    assert (broken.value.message, broken.value.system) == ("what Helm has deployed is no YAML", "cluster")


def test_one_declared_workload_of_the_tag_makes_it_the_releases_manifests(tmp_path: Path) -> None:
    side = deployment("other", IMAGE.reference)
    older = f"{REGISTRY}/a/gateway:7.0"
    with pytest.raises(WrongVersion) as caught:
        of(tmp_path, side, deployment("gateway", f"{REGISTRY}/a/proxy:3", older))
    assert caught.value.message == "what all.yaml holds is of '3', '7.0'; expected '7.1'"
    with pytest.raises(WrongVersion) as caught:
        of(tmp_path, side)
    assert caught.value.message == "what all.yaml holds is of nothing; expected '7.1'"
    assert len(of(tmp_path, side, deployment("gateway", older, IMAGE.reference))) == 2


def test_manifests_that_cannot_be_read_are_no_evidence(tmp_path: Path) -> None:
    images = ReleaseImages(described(Path("gone.yaml")), tmp_path)
    with pytest.raises(NoEvidence) as caught:
        images.of("7.1")
    assert caught.value.message == f"{tmp_path / 'gone.yaml'}: No such file or directory"
    (tmp_path / "gone.yaml").write_text("a: b: c", encoding="utf-8")
    with pytest.raises(ProtocolBroken) as broken:
        images.of("7.1")
    assert broken.value.message == "what gone.yaml holds is no YAML"


def test_what_the_target_does_not_say_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(NotDescribed, match=r"which application\.images looks at"):
        ReleaseImages(described(registries={}), tmp_path).of("7.1")
    with pytest.raises(NotDescribed, match=r"application\.images"):
        ReleaseImages(described(deployment=None), tmp_path)
    with pytest.raises(WrongVersion, match="cluster: "):
        ReleaseImages(described(), tmp_path).of("")
