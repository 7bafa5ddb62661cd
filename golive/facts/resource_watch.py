"""Every sample of every service's figures within the window, as the metrics' server has them when it is over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from golive.clients.prometheus import PrometheusClient, Series, finite
from golive.errors import CannotEstablish
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.metrics import Queries
from golive.target.needed import required

ITEM = "performance.resources"
NAME = "resources"
FIGURES = tuple(Queries.model_fields)

Samples = tuple[tuple[float, float], ...]
"""Time by the metrics' own clock, and value."""


@dataclass(frozen=True)
class PodSeries:
    """One series of a figure; a pod has several where its container was made anew."""

    pod: str
    samples: Samples


@dataclass(frozen=True)
class Seen:
    """All series by service and figure. ``began`` and ``ended`` are the window's, by the metrics' own clock.

    Samples reach ``max_gap`` seconds further back than the window, so that counters have a base.
    """

    began: float
    ended: float
    ahead: float
    """Seconds by which the metrics' clock is ahead of this host's."""
    services: Mapping[str, Mapping[str, tuple[PodSeries, ...]]]
    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By service, the server's own words about answers that may lack a part."""
    down: tuple[str, ...] = ()
    """Scrape targets that are down now, and why; empty also where the server tells of none."""


class ResourceWatch(Watcher):
    """Looks at the clocks before, and asks for everything after."""

    name = NAME

    def __init__(self, target: Target) -> None:
        self._target, self._client = target, PrometheusClient(target, ITEM)
        self._settings, self._services = self._client.settings, expected(target)
        self._began = self._ended = 0.0

    def before(self, course: Course) -> None:  # noqa: ARG002 - it takes no time worth ending
        """Raise now where it could not be asked later."""
        self._client.healthy()
        self._client.instant("time()")

    def during(self, course: Course) -> None:
        """Note when it began and ended."""
        self._began = time.time()
        course.wait_for_end()
        self._ended = time.time()

    def after(self) -> Json:
        """Everything that was sampled meanwhile."""
        ahead = self._client.ahead()
        began, ended = self._began + ahead, self._ended + ahead
        window = f"{1000 * (ended - began + self._settings.max_gap):.0f}ms"
        queries = {
            f"{service} {figure}": query_of(self._target, service, getattr(self._settings.queries, figure), window)
            for service in self._services
            for figure in FIGURES
        }
        found = self._client.instants(queries, ended)
        services: Json = {service: {} for service in self._services}
        warnings: dict[str, list[str]] = {}
        for name, each in found.items():
            service, _, figure = name.rpartition(" ")
            services[service][figure] = [self._series(one) for one in each.series]
            warnings.setdefault(service, []).extend(each.warnings)
        return {
            "began": began, "ended": ended, "ahead": ahead, "services": services, "down": self._down(),
            "warnings": {service: sorted(set(words)) for service, words in warnings.items() if words},
        }  # fmt: skip

    def _series(self, series: Series) -> Json:
        return {"pod": series.labels.get(self._settings.pod_label, ""), "samples": finite(series.samples)}

    def _down(self) -> list[str]:
        """For the words of a finding alone: servers without scraping of their own, as Thanos, have no such list."""
        try:
            targets = self._client.targets()
        except CannotEstablish:
            return []
        return [f"{each.job} at {each.instance}: {each.error}" for each in targets if each.health == "down"]


def query_of(target: Target, service: str, query: str, window: str) -> str:
    """The query for that service over that range. Raises NotDescribed where the target has no [metrics]."""
    settings = required(target.metrics, "metrics", ITEM)
    selector = settings.selectors.get(service, settings.selector)
    # Plain replacement: braces are PromQL's own.
    filled = query.replace("{selector}", selector).replace("{window}", window)
    return filled.replace("{service}", service).replace("{namespace}", target.cluster.application_namespace)


def expected(target: Target) -> tuple[str, ...]:
    """Every service that must be seen: those of [services], and those that [metrics] names besides."""
    more = target.metrics.selectors if target.metrics else {}
    return tuple(sorted({*target.services, *more}))


def seen_of(json: Json) -> Seen:
    """What the watcher left."""
    services = {
        service: {
            figure: tuple(
                PodSeries(each["pod"], tuple((at, value) for at, value in each["samples"])) for each in series
            )
            for figure, series in figures.items()
        }
        for service, figures in json["services"].items()
    }
    warnings = {service: tuple(words) for service, words in json["warnings"].items()}
    return Seen(json["began"], json["ended"], json["ahead"], services, warnings, tuple(json["down"]))
