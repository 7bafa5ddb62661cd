"""What no rollout moves: pods of nobody, of a Job, schedules, and containers that were put into a pod."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.beside import pods_beside, schedules_beside
from golive.facts.network_probe import LABEL
from golive.facts.rollouts import Rollout, Wanted, rollout
from selftests.unit.test_rollouts import PODS, lacking, pod, workload

NEW, OLD, OTHER = (f"registry.test:5000/desk/{image}" for image in ("prices:7.1", "prices:7.0", "tools:1"))
WANTED = Wanted("7.1", repositories=frozenset({"desk/prices"}))


def alone(image: str, phase: str = "Running", **meta: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "one", "image": image}]}
    return {"metadata": {"namespace": "desk", "name": "a", **meta}, "spec": spec, "status": {"phase": phase}}


def serving(pod: str, *, kind: str = "Pod", **changes: Any) -> dict[str, Any]:
    endpoint = {"conditions": {"ready": True}, "targetRef": {"kind": kind, "name": pod}, **changes}
    return {"metadata": {"labels": {"kubernetes.io/service-name": "prices"}}, "endpoints": [endpoint]}


NOBODYS: dict[str, Any] = {**serving("a"), "metadata": {}}


OUTDATED = ("one is from prices:7.0; expected tag '7.1'",)
SERVES = ("serves prices, though no workload owns it",)


@pytest.mark.parametrize(
    ("found", "slices", "words"),
    [
        (alone(NEW), [], ()),
        (alone(OTHER), [serving("b"), serving("a", conditions={"ready": False})], ()),
        (alone(OTHER), [serving("a", kind="Node"), serving("a", targetRef=None), NOBODYS], ()),
        (alone(OTHER), [{**NOBODYS, "endpoints": None}, serving("a", conditions=None)], SERVES),
        (alone(OLD), [], OUTDATED),
        (alone(OLD.replace("registry.test:5000", "mirror.test")), [], OUTDATED),
        (alone(OLD), [serving("a")], OUTDATED + SERVES),
        (alone(OTHER), [serving("a")], SERVES),
        (alone(OLD, "Succeeded"), [], ()),
        (alone(OLD, deletionTimestamp="now"), [], ()),
        (alone(OLD, labels={LABEL: "a"}), [], ()),
    ],
)
def test_a_pod_of_nobody_is_of_this_release_and_serves_nobody(
    found: dict[str, Any], slices: list[Any], words: tuple[str, ...]
) -> None:
    assert list(pods_beside([found], slices, WANTED)) == ([Rollout("desk/a", "Pod", lacking=words)] if words else [])


def cron_job(image: str) -> dict[str, Any]:
    job = {"spec": {"template": {"spec": alone(image)["spec"]}}}
    return {"metadata": {"namespace": "desk", "name": "nightly"}, "spec": {"suspend": True, "jobTemplate": job}}


def test_a_cron_job_is_of_this_release() -> None:
    (found,) = schedules_beside([cron_job(NEW), cron_job(OLD), cron_job(OTHER)], WANTED)
    words = "its template has one from prices:7.0; expected tag '7.1'"
    assert found == Rollout("desk/nightly", "CronJob", lacking=(words,))


def test_every_container_of_a_template_that_has_the_releases_image_has_its_tag() -> None:
    begun = workload()
    spec = begun["spec"]["template"]["spec"]
    spec["initContainers"] = [{"name": "prepare", "image": OLD}, {"name": "proxy", "image": OTHER}]
    pods = [{**each, "spec": {**each["spec"], "initContainers": spec["initContainers"]}} for each in PODS]
    assert lacking(rollout(begun, pods, WANTED)) == "its template has prepare from prices:7.0; expected tag '7.1'"
    assert lacking(rollout(begun, pods, Wanted("7.1"))) == ""


def test_a_pods_init_container_is_its_templates() -> None:
    begun = workload()
    begun["spec"]["template"]["spec"]["initContainers"] = [{"name": "prepare", "image": NEW}]
    other = {**PODS[0]["spec"], "initContainers": [{"name": "prepare", "image": OLD}]}
    said = lacking(rollout(begun, [{**PODS[0], "spec": other}], WANTED))
    assert said == "pod prices-1 has prepare from prices:7.0; expected prices:7.1"


@pytest.mark.parametrize(("state", "words"), [
    ({}, "pod prices-1 is being debugged by shell from tools:1"),
    ({"running": {}}, "pod prices-1 is being debugged by shell from tools:1"),
    ({"terminated": {}}, ""),
])  # fmt: skip
def test_a_container_that_was_put_into_a_pod_counts_until_it_ends(state: dict[str, Any], words: str) -> None:
    looked_into = pod("prices-1")
    looked_into["spec"]["ephemeralContainers"] = [{"name": "shell", "image": OTHER}]
    looked_into["status"]["ephemeralContainerStatuses"] = [{"name": "shell", "state": state}]
    assert lacking(rollout(workload(), [looked_into], WANTED)) == words
