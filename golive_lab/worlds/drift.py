"""Bad worlds of what was changed past Helm, whose records still say what was deployed; each undone precisely."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from golive_lab.control import LabHandle
from golive_lab.kubernetes.reaching import INFRASTRUCTURE, changed, cluster, namespace_of
from golive_lab.worlds.registry import world
from golive_lab.worlds.workloads import SERVICE, SMALL_SERVICE, deployment_of, rolled_out

LABEL: Final = "app.kubernetes.io/name"


def _containers(containers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": containers}}}}


@contextmanager
def _container(lab: LabHandle, path: str, **change: Any) -> Iterator[None]:
    """A deployment's one container after kubectl set, rolled out."""
    with cluster(lab) as api:
        (own,) = api.get(path)["spec"]["template"]["spec"]["containers"]
    with rolled_out(lab, path, _containers([{**own, **change}]), _containers([own])):
        yield


@world
@contextmanager
def infrastructure_image_set_past_helm(lab: LabHandle) -> Iterator[None]:
    """Keycloak runs another image, by kubectl set image."""
    path = f"/apis/apps/v1/namespaces/{namespace_of(lab, INFRASTRUCTURE)}/deployments/keycloak"
    with _container(lab, path, image="registry.lab.test/keycloak:26.7.2"):
        yield


@world
@contextmanager
def application_environment_set_past_helm(lab: LabHandle) -> Iterator[None]:
    """A service has a variable more, by kubectl set env."""
    with _container(lab, deployment_of(lab, SMALL_SERVICE), env=[{"name": "LOG_LEVEL", "value": "debug"}]):
        yield


@world
@contextmanager
def service_selects_everything(lab: LabHandle) -> Iterator[None]:
    """A service's selector lacks its own name, so all pods of the release answer for it."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/services/{SERVICE}"
        with changed(api, path, {"spec": {"selector": {LABEL: None}}}, {"spec": {"selector": {LABEL: SERVICE}}}):
            yield
