"""The lab's platform logs lines of JSON, and the history that a lab seeds is what its platform would have logged."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime

import pytest

from golive_lab import log_history
from golive_lab.platform.failing_feeds import USUAL_ROUNDS, FailingFeeds, failure
from golive_lab.platform.logs import JsonLines
from golive_lab.systems import PLATFORM

NOW, INTERVAL = 1_795_000_000.0, 0.5


def test_a_record_is_one_line_with_time_service_level_and_message() -> None:
    try:
        json.loads("{")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("prices", logging.ERROR, "file", 1, "cannot read\n%s", ("it",), error)
    record.created = 1_795_000_000.25
    line = JsonLines("prices").format(record)
    assert "\n" not in line
    assert json.loads(line) == {
        "@timestamp": log_history.utc(record.created),
        "service": "prices",
        "level": "ERROR",
        "logger": "prices",
        "message": "cannot read\nit: JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    }


def test_the_history_ends_now_and_has_every_service() -> None:
    records = list(log_history.records(NOW, INTERVAL))
    times = [datetime.fromisoformat(record["@timestamp"]).timestamp() for record in records]
    assert {record["service"] for record in records} == set(PLATFORM)
    assert min(times) == NOW - log_history.SECONDS
    assert NOW - USUAL_ROUNDS * INTERVAL <= max(times) < NOW


@pytest.mark.parametrize(("often", "times"), [(False, 1), (True, 2)])
def test_feeds_fail_as_often_as_the_history_has_it_or_twice(
    caplog: pytest.LogCaptureFixture,
    often: bool,
    times: int,
) -> None:
    errors = [record for record in log_history.records(NOW, INTERVAL) if record["level"] == "ERROR"]
    rounds, feeds = 200, FailingFeeds()
    for _ in range(rounds):
        feeds.round(often=often)
    assert len(caplog.records) / (rounds * INTERVAL) == times * len(errors) / log_history.SECONDS
    assert [record.getMessage() for record in caplog.records[:3]] == [failure(number) for number in range(3)]
