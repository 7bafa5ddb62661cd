"""What every process of the platform logs: a line of JSON a record, for the shipper; its own output as before."""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path

from golive_lab.platform import request_id

_OTHERS = {
    "asyncio": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "kafka": logging.CRITICAL,  # each attempt is an error to it; the services themselves say when Kafka is away
}
"""Libraries whose every step is no matter of the platform's log."""


class JsonLines(logging.Formatter):
    """One record a line, with its traceback in the message, as ``@timestamp``, ``service``, ``level`` and so on."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line. Times are UTC, to the millisecond."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        message = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            message = f"{message}: {type(error).__name__}: {error}"
        content = {
            "@timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "service": self._service,
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if name := request_id.current.get():
            content["request_id"] = name
        return json.dumps(content)


def begin(service: str, file: Path) -> None:
    """Log to that file, and what is a warning or worse to standard error too."""
    lines = logging.FileHandler(file, encoding="utf-8")
    lines.setFormatter(JsonLines(service))
    output = logging.StreamHandler()
    output.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers[:] = [lines, output]
    for name, level in _OTHERS.items():
        logging.getLogger(name).setLevel(level)
