"""A release that Helm rolled back, and what may be wrong after it. All of one cluster, each undone precisely."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from golive.errors import LabUnavailable
from golive_lab.configuration import Configuration
from golive_lab.context import cache_folder
from golive_lab.control import LabHandle
from golive_lab.kubernetes import programs
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.deploying import Site
from golive_lab.kubernetes.reaching import APPLICATION, changed, cluster, namespace_of, release_of
from golive_lab.worlds.registry import WORLDS, world
from golive_lab.worlds.releases import further_revision, records
from golive_lab.worlds.workloads import SERVICE, deployment_of, settled

Record = dict[str, Any]
OLDEST, EARLIER = "2026.10.1", "2026.10.2"
"""Releases from before the lab's own; after it Helm's history has them as revisions 2 and 3, the lab's again as 4."""


def site(lab: LabHandle) -> Site:
    """The lab's cluster as whoever deploys to it sees it."""
    configuration = Configuration.load(str(lab.status()["configuration"]))
    return Site(lab.folder, configuration, programs.needed(cache_folder()))


@world
@contextmanager
def rolled_back(lab: LabHandle) -> Iterator[None]:
    """The release before this one runs again: Helm rolled back to it. On leaving, everything is as it was before."""
    here, namespace = site(lab), namespace_of(lab)
    with cluster(lab) as api, _history_kept(api, namespace, release_of(lab)):
        try:
            for tag in (OLDEST, EARLIER, here.configuration.platform.release):
                here.deploy_application(tag)
            here.helm("rollback", release_of(lab), "3", "--namespace", namespace)
            here.wait_rolled_out(namespace)
            yield
        finally:
            here.deploy_application(here.configuration.platform.release)
            here.wait_rolled_out(namespace)


@contextmanager
def _history_kept(api: ClusterApi, namespace: str, release: str) -> Iterator[None]:
    """On leaving, Helm's records of the application and its old ReplicaSets are those that there were before."""
    secrets, sets = f"/api/v1/namespaces/{namespace}/secrets", f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    kept = {each["metadata"]["name"]: each for each in records(api, secrets, release)}
    before = {each["metadata"]["name"] for each in api.items(sets)}
    try:
        yield
    finally:
        for record in records(api, secrets, release):
            name = record["metadata"]["name"]
            if name not in kept:
                api.delete(f"{secrets}/{name}")
            else:
                was = kept[name]
                api.patch(f"{secrets}/{name}", {"data": was["data"], "metadata": {"labels": was["metadata"]["labels"]}})
        for name in {each["metadata"]["name"] for each in api.items(sets)} - before:
            api.delete(f"{sets}/{name}")


@world
@contextmanager
def rollback_hook_failed(lab: LabHandle) -> Iterator[None]:
    """A rollback's own hook may not run, as a quota has no room for its job; Helm leaves it at that."""
    here, namespace, release = site(lab), namespace_of(lab), release_of(lab)
    quotas, name = f"/api/v1/namespaces/{namespace}/resourcequotas", "no-jobs"
    with cluster(lab) as api:
        secrets = f"/api/v1/namespaces/{namespace}/secrets"
        before = {each["metadata"]["name"] for each in records(api, secrets, release)}
        api.post(quotas, {"metadata": {"name": name}, "spec": {"hard": {"count/jobs.batch": "0"}}})
        try:
            _refused(here, namespace, release)
            yield
        finally:
            api.delete(f"{quotas}/{name}")
            for each in records(api, secrets, release):
                if each["metadata"]["name"] not in before:
                    api.delete(f"{secrets}/{each['metadata']['name']}")


def _refused(here: Site, namespace: str, release: str) -> None:
    try:
        here.helm("rollback", release, "3", "--namespace", namespace)
    except LabUnavailable:
        return
    raise LabUnavailable("cluster", "a rollback succeeded whose hook has no room to run")


@world
@contextmanager
def workload_of_the_later_release(lab: LabHandle) -> Iterator[None]:
    """One workload was put on the later release's image again."""
    release = site(lab).configuration.platform.release
    with cluster(lab) as api:
        path = deployment_of(lab, SERVICE)
        containers = api.get(path)["spec"]["template"]["spec"]["containers"]
        name, _, _ = containers[0]["image"].partition(":")
        later = [{**containers[0], "image": f"{name}:{release}"}]
        with changed(api, path, _containers(later), _containers(containers)):
            api.wait(f"the rollout of {SERVICE}", lambda: settled(api, path))
            yield
        api.wait(f"the rollout of {SERVICE}", lambda: settled(api, path))


def _containers(containers: list[Record]) -> Record:
    return {"spec": {"template": {"spec": {"containers": containers}}}}


def _repeats_the_oldest(record: Record) -> None:
    record["info"].update(status="deployed", description="Rollback to 2")


def _other_values(record: Record) -> None:
    record["config"] = json.loads(json.dumps(record["config"]))
    record["config"]["resources"] = {"limits": {"memory": "64Mi"}}


def _not_ready_in_time(record: Record) -> None:
    name = record["name"]
    record["info"].update(status="failed", description=f'Release "{name}" failed: timed out waiting')


WORLDS["rolled_back_to_the_oldest"] = lambda lab: further_revision(lab, APPLICATION, _repeats_the_oldest, like=2)
WORLDS["rolled_back_with_other_values"] = lambda lab: further_revision(lab, APPLICATION, _other_values)
WORLDS["rollback_failed"] = lambda lab: further_revision(lab, APPLICATION, _not_ready_in_time)
