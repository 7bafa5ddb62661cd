"""Tags in use beside what their registries have under them now, and beside what the pods say that they run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from golive.errors import NotDescribed
from golive.facts.cluster_images import ClusterImages, Container, ImageInUse
from golive.facts.images import Image, brief
from golive.facts.running_images import RunningImages, TagInUse
from golive.facts.stored_images import undeclared
from golive.target.registries import Registry
from golive_lab.images import REGISTRY, service_image, store_image
from selftests.unit.answering import answers, target
from selftests.unit.registries import URL, Memory

IMAGE, STORE = service_image("gateway", "7.1"), store_image("kafka")
TAGGED, NAME = IMAGE.reference.partition("@")[0], IMAGE.reference.partition(":")[0]
OTHER = f"sha256:{'0' * 64}"


def tags(
    monkeypatch: pytest.MonkeyPatch, *used: ImageInUse, change: Callable[[Memory], Any] = lambda _: None
) -> tuple[TagInUse, ...]:
    """Of a cluster that uses these images, with a registry that holds the lab's two."""
    registry = Memory((IMAGE, STORE), expected="")
    change(registry)
    answers(monkeypatch, registry)
    monkeypatch.setattr(ClusterImages, "in_use", lambda _: used)
    return RunningImages(target().model_copy(update={"registries": {REGISTRY: Registry(url=URL)}})).tags()


def used(reference: str, *runs: str) -> ImageInUse:
    containers = tuple(Container(f"p-{number}", reference, each) for number, each in enumerate(runs))
    return ImageInUse(reference, ("desk/one",), containers)


def wrong(monkeypatch: pytest.MonkeyPatch, one: ImageInUse, change: Any = lambda _: None) -> tuple[str, ...]:
    (found,) = tags(monkeypatch, one, change=change)
    return found.wrong


def test_a_tag_that_names_what_runs_is_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pods = (Container("b", TAGGED, f"{NAME}@{IMAGE.digest}"), Container("a", TAGGED, f"{NAME}@{IMAGE.digest}"))
    one = ImageInUse(TAGGED, ("desk/one", "desk/two"), pods)
    assert tags(monkeypatch, one, used(STORE.reference)) == (
        TagInUse("gateway:7.1", TAGGED, ("desk/one", "desk/two"), ("a", "b"), IMAGE.digest, ()),
        TagInUse(f"kafka:{STORE.tag}", STORE.reference, ("desk/one",), (), STORE.digest, ()),
    )


@pytest.mark.parametrize(
    ("reference", "runs"),
    [
        (TAGGED, f"{NAME}@{IMAGE.digest}"),
        (TAGGED, f"docker-pullable://{NAME}@{IMAGE.digest}"),
        (TAGGED, f"{NAME}@{IMAGE.manifests[0].digest}"),
        (TAGGED, f"{NAME}@{IMAGE.manifests[1].digest}"),
        (TAGGED, IMAGE.blobs[0].digest),
        (TAGGED, IMAGE.digest),
        (STORE.reference, STORE.blobs[0].digest),
        (f"{NAME}@{IMAGE.digest}", f"{NAME}@{IMAGE.digest}"),
    ],
)
def test_a_node_may_say_what_it_runs_in_several_ways(
    monkeypatch: pytest.MonkeyPatch, reference: str, runs: str
) -> None:
    assert wrong(monkeypatch, used(reference, runs)) == ()


@pytest.mark.parametrize("runs", [f"{NAME}@{OTHER}", OTHER, f"{NAME}@{IMAGE.blobs[0].digest}"])
def test_a_pod_that_runs_something_else_is_named(monkeypatch: pytest.MonkeyPatch, runs: str) -> None:
    digest = Image.of(runs).digest
    words = f"pod p-1 runs {brief(digest)}; the registry has {brief(IMAGE.digest)} under it"
    assert wrong(monkeypatch, used(TAGGED, f"{NAME}@{IMAGE.digest}", runs)) == (words,)


def test_a_pod_that_does_not_say_what_it_runs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(monkeypatch, used(TAGGED, "")) == ("pod p-0 does not say which digest it runs",)
    assert wrong(monkeypatch, used(TAGGED, TAGGED)) == ("pod p-0 does not say which digest it runs",)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (f"{NAME}:7.2", ("7.2 is not in the registry any more",)),
        (f"{NAME}:7.2@{IMAGE.digest}", ("7.2 is not in the registry any more",)),
        (f"{NAME}@{OTHER}", (f"{brief(OTHER)} is not in the registry any more",)),
        (NAME, ("it has no tag, which means latest", "latest is not in the registry any more")),
        (f"{NAME}:latest", ("its tag is latest", "latest is not in the registry any more")),
    ],
)
def test_what_is_gone_from_the_registry_is_named(
    monkeypatch: pytest.MonkeyPatch, reference: str, words: tuple[str, ...]
) -> None:
    (found,) = tags(monkeypatch, used(reference, f"{NAME}@{IMAGE.digest}"))
    assert (found.wrong, found.points_to, found.pods) == (words, "", ("p-0",))


def test_no_tag_is_asked_for_as_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    def latest(registry: Memory) -> None:
        registry.manifests["latest"] = IMAGE.manifests[-1]

    assert wrong(monkeypatch, used(NAME, f"{NAME}@{IMAGE.digest}"), latest) == ("it has no tag, which means latest",)


def test_a_registry_that_nobody_declared_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = "quay.io/a/b:1"
    (found,) = tags(monkeypatch, used(reference, f"quay.io/a/b@{OTHER}"))
    assert (found.wrong, found.points_to) == ((undeclared(Image.of(reference)),), "")


def test_a_configuration_is_looked_for_only_where_a_node_says_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(registry: Memory) -> None:
        registry.manifests.pop(IMAGE.manifests[0].digest)

    of_arm = json.loads(IMAGE.manifests[1].content)["config"]["digest"]
    assert wrong(monkeypatch, used(TAGGED, of_arm), gone) == ()
    assert len(wrong(monkeypatch, used(TAGGED, IMAGE.blobs[0].digest), gone)) == 1


def test_without_registries_there_is_no_verdict() -> None:
    with pytest.raises(NotDescribed, match=r"which application\.image_tags looks at"):
        RunningImages(target().model_copy(update={"registries": {}})).tags()
