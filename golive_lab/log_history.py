"""The history of logs that a new lab seeds: what its platform would have logged meanwhile, as after a staging soak.

A comparison with a baseline needs one, and a lab is minutes old. The lab's target says so, and so does the evidence.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from golive_lab.platform import failing_feeds
from golive_lab.platform.pulse import words
from golive_lab.systems import PLATFORM

SECONDS = 9000.0
"""Up to the lab's start; the logs themselves follow on that."""
PULSE_APART = 20.0
"""A tenth of a service's real pulses: that it was there is all that they say."""


def records(now: float, feed_interval: float) -> Iterator[dict[str, Any]]:
    """All records, as the shipper would have sent them."""
    begin = now - SECONDS
    for number in range(int(SECONDS / PULSE_APART)):
        for service in PLATFORM:
            yield _record(begin + number * PULSE_APART, service, "INFO", "golive_lab.platform.pulse", words(0, 0))
    for after, message in failing_feeds.history(SECONDS, feed_interval):
        yield _record(begin + after, "feeder", "ERROR", failing_feeds.__name__, message)


def _record(moment: float, service: str, level: str, logger: str, message: str) -> dict[str, Any]:
    return {
        "@timestamp": utc(moment),
        "service": service,
        "level": level,
        "logger": logger,
        "message": message,
    }


def utc(moment: float) -> str:
    """A Unix time as the platform's logs write it."""
    text = datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
