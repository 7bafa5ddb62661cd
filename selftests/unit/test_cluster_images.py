"""Which images a cluster uses: by templates of every kind, and by the containers of pods that are here to stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from golive.errors import NotDescribed
from golive.facts import cluster_images as facts
from golive.facts.cluster_images import ClusterImages, Container, ImageInUse, containers_of, counts, declared_workloads
from golive.facts.network_probe import LABEL
from golive.facts.running_images import RunningImages
from golive.facts.scans import Scans
from selftests.unit.answering import target

CRON = {"kind": "CronJob", "name": "nightly", "controller": True}


def workload(name: str, image: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}


def job(*conditions: tuple[str, str], **about: Any) -> dict[str, Any]:
    told = [{"type": kind, "status": status} for kind, status in conditions]
    return {**workload("once", "once:1"), "status": {"conditions": told}, "metadata": {"name": "once", **about}}


def pod(name: str, image: str, runs: str) -> dict[str, Any]:
    container = {"name": "main", "image": image}
    status = {"phase": "Running", "containerStatuses": [{"name": "main", "imageID": runs}]}
    return {"metadata": {"name": name}, "spec": {"containers": [container]}, "status": status}


def in_use(monkeypatch: pytest.MonkeyPatch, kept: Mapping[str, list[dict[str, Any]]]) -> tuple[ImageInUse, ...]:
    """Of a cluster that keeps these objects under the ends of their paths."""

    class Client:
        def __init__(self, _: Any) -> None: ...

        def list(self, path: str) -> list[dict[str, Any]]:
            namespace, _, plural = path.partition("/namespaces/")[2].partition("/")
            group = path.partition("/namespaces/")[0]
            return kept.get(f"{group} {plural}", []) if namespace == "market-intelligence" else []

    monkeypatch.setattr(facts, "ClusterClient", Client)
    return ClusterImages(target()).in_use()


def test_every_kind_that_declares_images_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    nightly = {"metadata": {"name": "nightly"}, "spec": {"jobTemplate": workload("", "nightly:1")}}
    kept = {
        "/apis/apps/v1 deployments": [workload("gateway", "gateway:1")],
        "/apis/apps/v1 statefulsets": [workload("kafka", "kafka:1")],
        "/apis/apps/v1 daemonsets": [workload("agent", "agent:1")],
        "/apis/batch/v1 cronjobs": [nightly],
        "/apis/batch/v1 jobs": [job(("Suspended", "True")), job(("Complete", "True"))],
    }
    found = in_use(monkeypatch, kept)
    names = {each.reference: each.workloads for each in found}
    assert names == {
        f"{name}:1": (f"market-intelligence/{name}",) for name in ("gateway", "kafka", "agent", "nightly", "once")
    }
    assert {each.containers for each in found} == {()}


def test_a_template_and_the_pods_that_came_of_it_stand_under_one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        "/apis/apps/v1 deployments": [workload("b", "a:1"), workload("a", "a:1")],
        "/api/v1 pods": [pod("a-1", "a:1", "a@sha256:1"), pod("loose", "b:1", "")],
    }
    kept["/api/v1 pods"].append({**pod("gone", "c:1", ""), "status": {"phase": "Failed"}})
    assert in_use(monkeypatch, kept) == (
        ImageInUse("a:1", ("market-intelligence/a", "market-intelligence/b"), (Container("a-1", "a:1", "a@sha256:1"),)),
        ImageInUse("b:1", (), (Container("loose", "b:1", ""),)),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (job(), True),
        (job(("Complete", "False"), ("Suspended", "True")), True),
        (job(ownerReferences=[{"kind": "JobSet", "name": "set"}]), True),
        (job(("Complete", "True")), False),
        (job(("Failed", "True")), False),
        (job(ownerReferences=[CRON]), False),
        (job(labels={LABEL: "1"}), False),
        (job(deletionTimestamp="then"), False),
    ],
)
def test_a_job_counts_until_it_is_finished(one: dict[str, Any], *, expected: bool) -> None:
    assert counts(one) is expected


def test_what_was_put_into_a_pod_to_look_at_it_runs_too_until_it_ends() -> None:
    one = pod("a-1", "a:1", "a@sha256:1")
    one["spec"]["ephemeralContainers"] = [{"name": name, "image": f"{name}:1"} for name in ("shell", "over", "new")]
    one["status"]["ephemeralContainerStatuses"] = [
        {"name": "shell", "imageID": "shell@sha256:2", "state": {"running": {}}},
        {"name": "over", "imageID": "over@sha256:3", "state": {"terminated": {"exitCode": 0}}},
    ]
    assert list(containers_of(one)) == [
        Container("a-1", "a:1", "a@sha256:1"), Container("a-1", "shell:1", "shell@sha256:2"),
        Container("a-1", "new:1", ""),
    ]  # fmt: skip


def test_a_container_that_has_ended_was_of_its_image_all_the_same() -> None:
    one = pod("a-1", "a:1", "")
    one["spec"]["initContainers"] = [{"name": "init", "image": "init:1"}]
    state = {"terminated": {"exitCode": 0}}
    one["status"]["initContainerStatuses"] = [{"name": "init", "imageID": "init@sha256:1", "state": state}]
    assert list(containers_of(one)) == [Container("a-1", "init:1", "init@sha256:1"), Container("a-1", "a:1", "")]


def test_both_items_ask_after_the_same_declared_workloads() -> None:
    one = target()
    assert one.deployment is not None
    expected = {f"market-intelligence/{name}" for name in one.deployment.workloads}
    assert RunningImages(one).declared == Scans(one).declared == expected
    with pytest.raises(NotDescribed, match=r"an\.item"):
        declared_workloads(one.model_copy(update={"deployment": None}), "an.item")
