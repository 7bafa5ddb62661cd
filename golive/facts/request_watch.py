"""Every sample of the histogram of real users' requests within the window, asked for when it is over."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from golive.clients.prometheus import PrometheusClient, finite
from golive.facts.request_counts import Bucket, bucket_of
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.metrics import Requests
from golive.target.needed import required

ITEM = "performance.api_latency"
NAME = "requests"
LOOK_SECONDS = 0.5


class RequestWatch(Watcher):
    """Notes the window, and asks for everything after it."""

    name = NAME

    def __init__(self, target: Target) -> None:
        self._client = PrometheusClient(target, ITEM)
        self._settings = required(self._client.settings.requests, "metrics.requests", ITEM)
        self._began = self._ended = 0.0

    def before(self, course: Course) -> None:
        """Raise now where it could not be asked later; wait, a gap long, until every endpoint has a series.

        Pods that are new have none of an endpoint until somebody asks for it, and then no base to count from.
        """
        self._client.healthy()
        patience = time.monotonic() + self._client.settings.max_gap
        while not self._all_there() and time.monotonic() < patience:
            course.stop.wait(LOOK_SECONDS)
            course.raise_if_stopped()

    def _all_there(self) -> bool:
        window = f"{1000 * self._client.settings.max_gap:.0f}ms"
        return all(self._client.instant(query).series for query in self._queries(window).values())

    def during(self, course: Course) -> None:
        """Note when it began and ended."""
        self._began = time.time()
        course.wait_for_end()
        course.raise_if_stopped()
        self._ended = time.time()

    def after(self) -> Json:
        """All series of every endpoint; times are the metrics' own."""
        ahead = self._client.ahead()
        began, ended = self._began + ahead, self._ended + ahead
        window = f"{1000 * (ended - began + self._client.settings.max_gap):.0f}ms"
        found = self._client.instants(self._queries(window), ended)
        return {
            "began": began, "ended": ended, "ahead": ahead,
            "endpoints": {
                name: [[dict(each.labels), finite(each.samples)] for each in one.series] for name, one in found.items()
            },
            "warnings": {name: list(one.warnings) for name, one in found.items() if one.warnings},
        }  # fmt: skip

    def _queries(self, window: str) -> dict[str, str]:
        return {
            name: self._settings.buckets.replace("{selector}", "{" + selector + "}").replace("{window}", window)
            for name, selector in self._settings.endpoints.items()
        }


def buckets_of(series: Sequence[Any], settings: Requests) -> tuple[Bucket, ...]:
    """The series of one endpoint as the watcher left them."""
    wrong = re.compile(settings.errors)
    return tuple(
        bucket_of(labels, samples, error=bool(wrong.fullmatch(labels.get(settings.status_label, ""))))
        for labels, samples in series
        if "le" in labels
    )
