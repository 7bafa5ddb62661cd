"""Workloads as the API tells of them: rolled out, behind, of another tag, or with a pod that stands out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from golive.facts.images import Image
from golive.facts.rollouts import Rollout, Wanted, restarts, rollout

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
IMAGE = "registry.test:5000/desk/prices:7.1"


def workload(kind: str = "Deployment", **status: Any) -> dict[str, Any]:
    template = {"metadata": {}, "spec": {"containers": [{"name": "prices", "image": IMAGE}]}}
    good = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2}
    return {
        "kind": kind,
        "metadata": {"namespace": "desk", "name": "prices", "generation": 3},
        "spec": {"replicas": 2, "template": template},
        "status": good | status,
    }


def pod(name: str, image: str = IMAGE, digest: str = DIGEST, *, ready: bool = True) -> dict[str, Any]:
    container = {"name": "prices", "imageID": f"registry.test:5000/desk/prices@{digest}", "restartCount": 1}
    condition = {"type": "Ready", "status": "True" if ready else "False", "reason": "ContainersNotReady"}
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "prices", "image": image}]},
        "status": {"phase": "Running", "conditions": [condition], "containerStatuses": [container]},
    }


PODS = [pod("prices-1"), pod("prices-2")]


def lacking(found: Rollout) -> str:
    return "; ".join(found.lacking)


def test_a_workload_that_is_rolled_out_lacks_nothing() -> None:
    found = rollout(workload(), PODS, Wanted("7.1"))
    assert found == Rollout("desk/prices", "Deployment", 2, 2, "7.1", (DIGEST,), ())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"observedGeneration": 2}, "generation 3 is not observed yet, but 2"),
        ({"updatedReplicas": 1}, "1 of 2 updated"),
        ({"readyReplicas": 1}, "1 of 2 ready"),
        ({"replicas": 3}, "1 of an earlier revision remain"),
        (
            {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]},
            "ProgressDeadlineExceeded: ",
        ),
    ],
)
def test_what_its_controller_says_of_it(status: dict[str, Any], words: str) -> None:
    assert lacking(rollout(workload(**status), PODS, Wanted("7.1"))) == words


def test_a_status_that_is_still_empty_is_no_rollout() -> None:
    fresh = workload() | {"status": {}}
    assert "0 of 2 ready" in lacking(rollout(fresh, [], Wanted("7.1")))


def test_a_workload_scaled_to_nothing_serves_nobody() -> None:
    nothing = workload(replicas=0, updatedReplicas=0, readyReplicas=0)
    nothing["spec"]["replicas"] = 0
    assert lacking(rollout(nothing, [], Wanted("7.1"))) == "scaled to 0"


@pytest.mark.parametrize(
    ("stranger", "words"),
    [
        (pod("p", image="registry.test:5000/desk/prices:7.0"), "pod p has prices from prices:7.0; expected prices:7.1"),
        (pod("p", digest=OTHER), f"pod p runs {OTHER[:19]}…; expected {DIGEST[:19]}…"),
        (pod("p", digest=""), f"pod p runs an unknown digest; expected {DIGEST[:19]}…"),
        (pod("p", ready=False), "pod p is not ready: Ready is False, ContainersNotReady"),
    ],
)
def test_one_pod_that_stands_out_is_named(stranger: dict[str, Any], words: str) -> None:
    assert lacking(rollout(workload(), [*PODS, stranger], Wanted("7.1"))) == words


def test_a_pod_on_its_way_out_is_not_looked_at() -> None:
    leaving = pod("p", digest=OTHER, ready=False)
    leaving["metadata"]["deletionTimestamp"] = "2026-11-26T10:00:00Z"
    assert rollout(workload(), [*PODS, leaving], Wanted("7.1")).lacking == ()


def test_all_pods_on_one_wrong_digest_are_wrong_where_it_is_declared_or_pinned() -> None:
    assert lacking(rollout(workload(), PODS, Wanted("7.1", OTHER))).count(f"expected {OTHER[:19]}…") == 2
    pinned = copy.deepcopy(workload())
    pinned["spec"]["template"]["spec"]["containers"][0]["image"] = f"{IMAGE}@{OTHER}"
    assert lacking(rollout(pinned, PODS, Wanted("7.1"))).count(f"runs {DIGEST[:19]}…; expected {OTHER[:19]}…") == 2


def test_the_tag_is_the_main_containers() -> None:
    assert "tag '7.1'; expected '7.2'" in lacking(rollout(workload(), PODS, Wanted("7.2")))
    meshed = workload()
    template = meshed["spec"]["template"]
    template["spec"]["containers"].insert(0, {"name": "proxy", "image": "mesh/proxy:1"})
    template["metadata"]["annotations"] = {"kubectl.kubernetes.io/default-container": "prices"}
    assert rollout(meshed, [], Wanted("7.1")).tag == "7.1"


def test_a_daemon_set_wants_as_many_as_there_are_nodes() -> None:
    counts = {"desiredNumberScheduled": 3, "currentNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 2}
    found = rollout(workload("DaemonSet", **counts), PODS, Wanted())
    assert (found.desired, lacking(found)) == (3, "2 of 3 ready")


def test_restarts_are_counted_by_container() -> None:
    beside = {"initContainerStatuses": [{"name": "proxy", "restartCount": 4}, {"name": "prepare"}]}
    pods = [PODS[0] | {"status": PODS[0]["status"] | beside}, PODS[1], {"metadata": {"name": "new"}}]
    expected = {"prices-1/prices": 1, "prices-1/proxy": 4, "prices-1/prepare": 0, "prices-2/prices": 1}
    assert restarts(pods) == expected


WAITS: dict[str, Any] = {"name": "prices", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
UNREADY: dict[str, Any] = {"type": "Ready", "status": "False", "reason": "ContainersNotReady"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"containerStatuses": [{"name": "proxy", "state": {"running": {}}}, WAITS]}, "prices waits, CrashLoopBackOff"),
        ({"containerStatuses": [WAITS], "conditions": [UNREADY]}, "prices waits, CrashLoopBackOff"),
        ({"containerStatuses": None, "conditions": [{"type": "PodScheduled", "status": "True"}, UNREADY]},
         "Ready is False, ContainersNotReady"),
        ({"conditions": None, "phase": "Pending"}, "Pending"),
        ({}, "no status"),
    ],
)  # fmt: skip
def test_why_a_pod_is_not_ready_is_told_by_what_is_nearest_to_it(status: dict[str, Any], why: str) -> None:
    odd = pod("odd") | {"status": status}
    assert f"pod odd is not ready: {why}" in lacking(rollout(workload(), [odd], Wanted("7.1")))


def test_a_pod_that_is_ready_may_have_other_conditions_that_do_not_hold() -> None:
    paused = pod("p")
    paused["status"]["conditions"].append({"type": "DisruptionTarget", "status": "False", "reason": "x"})
    assert (
        lacking(rollout(workload(conditions=[{"type": "Available", "status": "True"}]), [paused], Wanted("7.1"))) == ""
    )


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("redis", Image("redis")),
        ("localhost:5000/a/b", Image("localhost:5000/a/b")),
        ("localhost:5000/a/b:1", Image("localhost:5000/a/b", "1")),
        (f"a/b:1@{DIGEST}", Image("a/b", "1", DIGEST)),
        (f"docker-pullable://a/b@{DIGEST}", Image("a/b", "", DIGEST)),
        (DIGEST, Image("", "", DIGEST)),
        ("", Image("")),
    ],
)
def test_image_references(reference: str, parts: Image) -> None:
    assert Image.of(reference) == parts
