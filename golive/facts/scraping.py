"""Whether Prometheus scrapes all that it must: declared jobs, and every pod that runs. Ages are by its own clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from golive.clients.prometheus import PrometheusClient, ScrapeTarget
from golive.errors import NotDescribed
from golive.facts.resource_watch import expected, query_of
from golive.target import Target

ITEM, SYSTEM = "monitoring.prometheus", "metrics"
UP, SCRAPED = "up", "scraped"
_SHOWN = 3


@dataclass(frozen=True)
class JobScrapes:
    """One job. ``state`` is ``up`` where each target answered its latest scrape, a recent one; else in words."""

    job: str
    targets: int
    state: str
    service: str = SYSTEM


@dataclass(frozen=True)
class PodScrapes:
    """One service's pods. ``state`` is ``scraped`` where one runs, and each that runs is scraped; else in words."""

    of: str
    running: tuple[str, ...]
    state: str
    service: str = SYSTEM


class Scraping:
    """What Prometheus scrapes."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def jobs(self) -> tuple[JobScrapes, ...]:
        """Each job that the target names. Raises NotDescribed where it names none."""
        client = PrometheusClient(self.target, ITEM)
        if not client.settings.jobs:
            raise NotDescribed("metrics", f"metrics.jobs is empty, and {ITEM} looks at each", hint="name them there")
        now, targets = client.now(), client.targets()
        return tuple(
            _job(name, [each for each in targets if each.job == name], now, client.settings.max_gap)
            for name in sorted(client.settings.jobs)
        )

    def pods(self) -> tuple[PodScrapes, ...]:
        """Each service's pods, as those who know what runs tell, beside the targets that have that pod's label."""
        client = PrometheusClient(self.target, ITEM)
        settings, services = client.settings, expected(self.target)
        window = f"{1000 * settings.max_gap:.0f}ms"
        queries = {name: query_of(self.target, name, settings.queries.running, window) for name in services}
        found = client.instants(queries, client.now())
        scraped = {each.labels.get(settings.pod_label, "") for each in client.targets() if each.health == UP}
        running = {
            name: {
                one.labels.get(settings.pod_label, "") for one in each.series if one.samples and one.samples[-1][1] > 0
            }
            for name, each in found.items()
        }
        return tuple(_pods(name, running[name], scraped) for name in services)


def _job(name: str, targets: Iterable[ScrapeTarget], now: float, max_gap: float) -> JobScrapes:
    every = list(targets)
    wrong = [f"{each.instance} {words}" for each in every if (words := _wrong(each, now, max_gap))]
    state = "; ".join(wrong[:_SHOWN]) if every else "has no target"
    return JobScrapes(name, len(every), state or UP)


def _wrong(each: ScrapeTarget, now: float, max_gap: float) -> str:
    if each.last_scrape <= 0:
        return "was never scraped"
    age = now - each.last_scrape
    if age > max_gap:
        return f"was scraped {age:.0f} s ago; at most {max_gap:g} s are normal"
    return "" if each.health == UP else f"is {each.health}: {each.error[:120]}"


def _pods(service: str, running: set[str], scraped: set[str]) -> PodScrapes:
    unscraped = sorted(running - scraped)
    state = f"nobody scrapes {', '.join(unscraped[:_SHOWN])}" if unscraped else SCRAPED
    return PodScrapes(service, tuple(sorted(running)), state if running else "no pod of it is known to run")
