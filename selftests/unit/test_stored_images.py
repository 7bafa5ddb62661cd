"""Images as their registry holds them, and what manifests and pods say of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from golive.errors import NotDescribed
from golive.facts.cluster_images import Container, containers_of, stays
from golive.facts.images import DOCKER, Image, brief
from golive.facts.network_probe import LABEL
from golive.facts.release_images import platforms
from golive.facts.rendered import PodImages, rendered
from golive.facts.running_images import loose
from golive.facts.stored_images import StoredImages, undeclared
from golive.target import Target
from golive.target.registries import Registry
from golive_lab.images import ONE_ARCHITECTURE, REGISTRY, STORES, LabImage, Part, all_images, service_image, store_image
from golive_lab.kubernetes.deploying import CHARTS
from golive_lab.kubernetes.reaching import INFRASTRUCTURE
from selftests.unit.answering import answers, target
from selftests.unit.registries import URL, Memory

BOTH = frozenset({"linux/amd64", "linux/arm64"})
AMD = frozenset({"linux/amd64"})
IMAGE = service_image("gateway", "7.1")


def described(registries: Mapping[str, Registry]) -> Target:
    return target().model_copy(update={"registries": dict(registries)})


def lacking(
    monkeypatch: pytest.MonkeyPatch, image: LabImage, change: Callable[[Memory], Any] = lambda _: None,
    wanted: frozenset[str] = BOTH, reference: str = "",
) -> tuple[str, ...]:  # fmt: skip
    registry = Memory((image,), expected="")
    change(registry)
    answers(monkeypatch, registry)
    found = StoredImages(described({REGISTRY: Registry(url=URL)}), "an.item")
    look = found.look(Image.of(reference or image.reference), wanted)
    assert set(look.platforms) == (wanted if not look.lacking else set(look.platforms))
    return look.lacking


def test_an_image_that_is_whole_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking(monkeypatch, IMAGE) == ()
    assert lacking(monkeypatch, store_image("kafka"), wanted=AMD) == ()
    assert lacking(monkeypatch, IMAGE, reference=IMAGE.reference.partition("@")[0]) == ()


def test_each_part_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    amd, layer, config = IMAGE.manifests[0].digest, IMAGE.blobs[1].digest, IMAGE.blobs[0].digest
    gone: dict[str, Callable[[Memory], Any]] = {
        "its tag 7.1 not in the registry": lambda m: m.manifests.pop("7.1"),
        f"its digest {brief(IMAGE.digest)} not in the registry": lambda m: m.manifests.pop(IMAGE.digest),
        "the manifest for linux/amd64 is not in the registry": lambda m: m.manifests.pop(amd),
        "the configuration for linux/amd64 is not in the registry": lambda m: m.blobs.pop(config),
        f"the layer {brief(layer)} for linux/amd64 is not in the registry": lambda m: m.blobs.pop(layer),
    }
    assert {words: lacking(monkeypatch, IMAGE, change, AMD) for words, change in gone.items()} == {
        words: (words,) for words in gone
    }


def test_an_architecture_that_nobody_built_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    one = service_image(ONE_ARCHITECTURE, "7.1")
    assert lacking(monkeypatch, one) == ("nothing for linux/arm64, but for linux/amd64",)
    kafka = lacking(monkeypatch, store_image("kafka"))
    assert kafka == ("nothing for linux/arm64: its configuration says linux/amd64",)


def test_an_index_that_promises_another_architecture_than_it_has_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    index = json.loads(IMAGE.manifests[-1].content)
    index["manifests"][1]["digest"] = index["manifests"][0]["digest"]
    lying = Part(IMAGE.manifests[-1].media_type, json.dumps(index).encode())
    image = LabImage(IMAGE.repository, IMAGE.tag, (*IMAGE.manifests[:-1], lying), IMAGE.blobs)
    assert lacking(monkeypatch, image) == ("nothing for linux/arm64: its configuration says linux/amd64",)


def test_layers_that_registries_need_not_hold_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = store_image("kafka")
    content = json.loads(kafka.manifests[0].content)
    content["layers"].append(
        {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar", "digest": "sha256:1"}
    )
    foreign = Part(kafka.manifests[0].media_type, json.dumps(content).encode())
    assert lacking(monkeypatch, LabImage("kafka", kafka.tag, (foreign,), kafka.blobs), wanted=AMD) == ()


def test_an_image_without_layers_lacks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = store_image("kafka")
    content = {**json.loads(kafka.manifests[0].content), "layers": None}
    empty = Part(kafka.manifests[0].media_type, json.dumps(content).encode())
    assert lacking(monkeypatch, LabImage("kafka", kafka.tag, (empty,), kafka.blobs), wanted=AMD) == ()


def test_a_registry_that_nobody_declared_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Image.of("quay.io/a/b:1")
    assert lacking(monkeypatch, IMAGE, reference="quay.io/a/b:1") == (undeclared(elsewhere),)
    with pytest.raises(NotDescribed, match=r"no table \[registries\]"):
        StoredImages(described({}), "an.item")


@pytest.mark.parametrize(
    ("reference", "host", "repository"),
    [
        ("redis:7", DOCKER, "library/redis"),
        ("bitnami/redis", DOCKER, "bitnami/redis"),
        ("docker.io/library/redis", DOCKER, "library/redis"),
        ("localhost/a", "localhost", "a"),
        ("registry.test:5000/a/b:1", "registry.test:5000", "a/b"),
        ("registry.test/a/b/c@sha256:1", "registry.test", "a/b/c"),
    ],
)
def test_a_reference_says_its_registry_and_the_name_there(reference: str, host: str, repository: str) -> None:
    image = Image.of(reference)
    assert (image.host, image.repository) == (host, repository)


def test_every_object_with_pods_is_found_and_no_other() -> None:
    one = {"containers": [{"image": "a:1"}], "initContainers": [{"image": "b:1"}], "nodeSelector": {"kind": "big"}}
    two = {"containers": [{"image": "c:1"}, {"image": "c:1"}]}
    things = [
        {"kind": "Deployment", "metadata": {"name": "one"}, "spec": {"template": {"spec": one}}},
        {
            "kind": "CronJob",
            "metadata": {"name": "two"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": two}}}},
        },
        {"kind": "Service", "metadata": {"name": "three"}, "spec": {"ports": [{"port": 1}]}},
        {"kind": "List", "items": [{"kind": "Pod", "metadata": {"name": "four"}, "spec": two}]},
        None,
    ]
    assert rendered(yaml.safe_dump_all(things)) == (
        PodImages("one", ("b:1", "a:1"), {"kind": "big"}), PodImages("two", ("c:1",)), PodImages("four", ("c:1",)),
    )  # fmt: skip
    assert rendered("") == ()
    with pytest.raises(ValueError, match="no YAML"):
        rendered("a: b: c")


def test_only_nodes_that_may_take_a_pod_count() -> None:
    def node(architecture: str, **labels: str) -> dict[str, Any]:
        about = {"operatingSystem": "linux", "architecture": architecture}
        return {"metadata": {"labels": labels}, "status": {"nodeInfo": about}}

    nodes = [node("amd64", kind="big", zone="a"), node("arm64")]
    assert platforms(nodes, {}) == BOTH
    assert platforms(nodes, {"kind": "big"}) == AMD
    assert platforms(nodes, {"kind": "none"}) == set()


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("a/b:1", ()),
        (f"a/b@sha256:{'0' * 64}", ()),
        ("a/b", ("it has no tag, which means latest",)),
        ("registry.test:5000/b", ("it has no tag, which means latest",)),
        (f"a/b:latest@sha256:{'0' * 64}", ("its tag is latest",)),
    ],
)
def test_a_tag_is_locked_or_it_is_not(reference: str, words: tuple[str, ...]) -> None:
    assert loose(Image.of(reference)) == words


def test_each_container_of_a_pod_stands_beside_what_it_runs() -> None:
    pod = {
        "metadata": {"name": "p"},
        "spec": {"initContainers": [{"name": "i", "image": "i:1"}], "containers": [{"name": "c", "image": "c:1"}]},
        "status": {"containerStatuses": [{"name": "c", "imageID": "c@sha256:1"}]},
    }
    assert list(containers_of(pod)) == [Container("p", "i:1", ""), Container("p", "c:1", "c@sha256:1")]


def test_pods_that_are_over_leave_or_are_the_suites_own_are_not_looked_at() -> None:
    def pod(phase: str = "Running", **about: Any) -> dict[str, Any]:
        return {"metadata": {"name": "p", **about}, "status": {"phase": phase}}

    assert stays(pod())
    assert stays(pod("Pending", labels={"app": "a"}))
    gone = pod("Succeeded"), pod("Failed"), pod(deletionTimestamp="then"), pod(labels={LABEL: "1"})
    assert not any(stays(each) for each in gone)


def test_the_labs_charts_pin_the_very_images_that_its_registry_holds() -> None:
    values = yaml.safe_load((CHARTS / INFRASTRUCTURE / "values.yaml").read_text(encoding="utf-8"))
    pinned = {f"{name}:{each['tag']}" for kind in ("stores", "services") for name, each in values[kind].items()}
    held = {f"{name}:{tag}@{store_image(name).digest}" for name, tag in STORES.items() if name != "postgresql"}
    assert pinned == held
    assert len({image.digest for image in all_images("7.1")}) == len(all_images("7.1"))
