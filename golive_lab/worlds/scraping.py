"""Bad worlds of what Prometheus scrapes: its configuration is another one, and loaded."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from golive.waiting import Deadline, wait_until
from golive_lab.control import LabHandle
from golive_lab.services.prometheus import SETTINGS, USER_OF_LAB
from golive_lab.worlds.registry import world

if TYPE_CHECKING:
    import httpx

Settings = dict[str, Any]
Jobs = list[dict[str, Any]]
SERVICE = "instruments"
SECONDS = 20.0


@contextmanager
def _changed(lab: LabHandle, change: Callable[[Settings], object], unscraped: str = "") -> Iterator[None]:
    """Prometheus with other settings than before, each job but ``unscraped`` scraped; those of before are put back."""
    file = lab.folder / "prometheus" / SETTINGS
    before = file.read_text(encoding="utf-8")
    content = json.loads(before)
    change(content)
    try:
        _load(lab, json.dumps(content), unscraped)
        yield
    finally:
        _load(lab, before, "")


def wait_for_scrapes(lab: LabHandle, jobs: Collection[str]) -> None:
    """Until each of these jobs was scraped by a scrape that began after this call. Raises TimedOut."""
    began = datetime.now(UTC)
    with _server(lab) as client:

        def look() -> tuple[bool | None, str]:
            last = {each["labels"]["job"]: datetime.fromisoformat(each["lastScrape"]) for each in _targets(client)}
            waiting = sorted(job for job in jobs if last[job] <= began)
            return not waiting or None, f"waits for {waiting}"

        wait_until(look, Deadline("prometheus", "scraping anew", SECONDS))


def _load(lab: LabHandle, text: str, unscraped: str) -> None:
    (lab.folder / "prometheus" / SETTINGS).write_text(text, encoding="utf-8")
    jobs = {job["job_name"] for job in json.loads(text)["scrape_configs"]}
    with _server(lab) as client:
        client.post("/-/reload").raise_for_status()

        def look() -> tuple[bool | None, str]:
            found = _targets(client)
            known = {each["labels"]["job"] for each in found}
            waiting = {each["labels"]["job"] for each in found if each["health"] == "unknown"} - {unscraped}
            return (known == jobs and not waiting) or None, f"has {sorted(known)}, waits for {sorted(waiting)}"

        wait_until(look, Deadline("prometheus", "scraping its jobs", SECONDS))


def _server(lab: LabHandle) -> httpx.Client:
    """Prometheus' own API, for the lab's user."""
    import httpx

    overlay = lab.overlay()
    trusted = ssl.create_default_context(cafile=overlay["ca_file"])
    auth = (USER_OF_LAB, lab.secret(f"prometheus-{USER_OF_LAB}"))
    return httpx.Client(verify=trusted, timeout=5, trust_env=False, auth=auth, base_url=overlay["metrics"]["url"])


def _targets(client: httpx.Client) -> list[dict[str, Any]]:
    """What is scraped, target by target."""
    found: list[dict[str, Any]] = client.get("/api/v1/targets").raise_for_status().json()["data"]["activeTargets"]
    return found


def _of_service(settings: Settings) -> dict[str, Any]:
    jobs: Jobs = settings["scrape_configs"]
    return next(job for job in jobs if job["job_name"] == SERVICE)


@world
@contextmanager
def job_missing(lab: LabHandle) -> Iterator[None]:
    """A service's job was left out."""
    with _changed(lab, lambda s: s["scrape_configs"].remove(_of_service(s))):
        yield


@world
@contextmanager
def metric_dropped(lab: LabHandle) -> Iterator[None]:
    """A service's metric is renamed, so that nobody finds it under its name."""

    def drop(settings: Settings) -> None:
        rule = {"source_labels": ["__name__"], "regex": "market_records_published_total", "action": "drop"}
        next(job for job in settings["scrape_configs"] if job["job_name"] == "feeder")["metric_relabel_configs"] = [
            rule
        ]

    with _changed(lab, drop):
        yield


@world
@contextmanager
def job_scraped_hourly(lab: LabHandle) -> Iterator[None]:
    """A service is to be scraped once an hour."""
    with _changed(lab, lambda s: _of_service(s).update(scrape_interval="1h"), unscraped=SERVICE):
        yield


@world
@contextmanager
def another_pod_scraped(lab: LabHandle) -> Iterator[None]:
    """A service's job has a target, which is not the pod that runs."""

    def elsewhere(settings: Settings) -> None:
        _of_service(settings)["static_configs"][0]["labels"]["pod"] = f"{SERVICE}-7"

    with _changed(lab, elsewhere):
        yield


@world
@contextmanager
def prometheus_without_alertmanager(lab: LabHandle) -> Iterator[None]:
    """Prometheus was told of no Alertmanager."""
    with _changed(lab, lambda settings: settings.pop("alerting")):
        yield
