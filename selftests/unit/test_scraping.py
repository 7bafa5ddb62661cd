"""What is scraped: jobs and pods, with ages by Prometheus' own clock."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from golive.clients.prometheus import ScrapeTarget
from golive.errors import NotDescribed
from golive.facts.scraping import Scraping, _job, _pods
from selftests.unit.answering import target

NOW = 1000.0


def scraped(
    health: str = "up", at: float = NOW - 1, error: str = "", labels: Mapping[str, str] | None = None
) -> ScrapeTarget:
    return ScrapeTarget("prices", "p:1", health, error, at, labels or {})


@pytest.mark.parametrize(
    ("targets", "state"),
    [
        ([scraped()], "up"),
        ([], "has no target"),
        ([scraped(), scraped("down", error="refused")], "p:1 is down: refused"),
        ([scraped(at=NOW - 90)], "up"),
        ([scraped(at=NOW - 91)], "p:1 was scraped 91 s ago; at most 90 s are normal"),
        ([scraped("unknown", at=-62135596800.0)], "p:1 was never scraped"),
    ],
)
def test_a_job(targets: list[ScrapeTarget], state: str) -> None:
    assert _job("prices", targets, NOW, 90).state == state


@pytest.mark.parametrize(
    ("running", "state"),
    [
        ({"prices-0"}, "scraped"),
        ({"prices-0", "prices-1"}, "nobody scrapes prices-1"),
        (set(), "no pod of it is known to run"),
        ({""}, "nobody scrapes "),
    ],
)
def test_a_services_pods(running: set[str], state: str) -> None:
    assert _pods("prices", running, {"prices-0", "other-0"}).state == state


def test_a_target_that_names_no_job_says_so() -> None:
    plain = target()
    assert plain.metrics is not None
    none = plain.model_copy(update={"metrics": plain.metrics.model_copy(update={"jobs": frozenset()})})
    with pytest.raises(NotDescribed, match=r"metrics\.jobs"):
        Scraping(none).jobs()
