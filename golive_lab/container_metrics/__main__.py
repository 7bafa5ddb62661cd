"""Serve the stand-in: ``python -m golive_lab.container_metrics --config FILE``, on loopback.

Faults, from the lab's ``faults.json``: ``forgets_pod:<service>`` leaves that service's pod out of what cAdvisor tells,
``forgets:<service>`` out of everything. ``throttles:<service>`` really keeps that service from running now and then.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.container_metrics.containers import Container, Containers, Limit
from golive_lab.container_metrics.exposition import CAdvisor, KubeState
from golive_lab.platform.config import HOST, INSTANCE_PATH
from golive_lab.platform.faults import Faults

NAME = "container_metrics"
THROTTLES = "throttles:"
CADVISOR_PATH, KUBE_STATE_PATH = "/cadvisor/metrics", "/kube-state-metrics/metrics"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Settings(BaseModel):
    """What the process is told. ``limits``: cores and bytes of each service of the platform."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instance: str
    port: int
    namespace: str
    state_file: Path
    faults_file: Path
    limits: dict[str, tuple[float, int]]


class Told:
    """The containers, less what a fault leaves out."""

    def __init__(self, containers: Containers, faults: Faults) -> None:
        self._containers, self._faults = containers, faults

    def by_cadvisor(self) -> Mapping[str, Container]:
        """Neither forgotten pods nor forgotten services."""
        return self._without("forgets_pod:", "forgets:")

    def by_kube_state(self) -> Mapping[str, Container]:
        """No forgotten services."""
        return self._without("forgets:")

    def _without(self, *kinds: str) -> dict[str, Container]:
        faults = self._faults.in_force
        return {
            name: each
            for name, each in self._containers.now().items()
            if faults.isdisjoint(kind + name for kind in kinds)
        }


def application(settings: Settings, told: Told, faults: Faults) -> Starlette:
    """The two exporters' pages, and the lab's own."""

    def page(collector: Collector) -> Route:
        registry = CollectorRegistry()
        registry.register(collector)
        path = CADVISOR_PATH if isinstance(collector, CAdvisor) else KUBE_STATE_PATH
        return Route(path, lambda _: Response(generate_latest(registry), headers={"content-type": TEXT}))

    async def instance(_: Request) -> Response:
        return JSONResponse({"instance": settings.instance, "faults": sorted(faults.in_force)})

    pages = (CAdvisor(settings.namespace, told.by_cadvisor), KubeState(settings.namespace, told.by_kube_state))
    return Starlette(routes=[*map(page, pages), Route(INSTANCE_PATH, instance)])


def main() -> None:
    """Look and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="golive_lab.container_metrics", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by the lab")
    settings = Settings.model_validate_json(parser.parse_args().config.read_text(encoding="utf-8"))
    limits = {name: Limit(*each) for name, each in settings.limits.items()}
    faults = Faults(settings.faults_file, NAME)
    containers = Containers(
        settings.state_file, limits, lambda: [name for name in limits if THROTTLES + name in faults.in_force]
    )
    app = application(settings, Told(containers, faults), faults)
    with containers.watched():
        uvicorn.run(
            app, host=HOST, port=settings.port, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )


if __name__ == "__main__":
    main()
