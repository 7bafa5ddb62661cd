"""A platform that answers out of a function, in place of the HTTP client: for facts that only read answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.target.load import read
from golive.target.model import Target

LAB = Path(__file__).parents[2] / "targets" / "lab.toml"


def target() -> Target:
    """The lab's target, of which nothing is up."""
    return read(LAB).target


def answer(status: int, content: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with that JSON, or those bytes."""
    body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
    media = {} if isinstance(content, bytes) else {"content-type": "application/json"}
    return Answer(status, {**media, **(headers or {})}, body, 0.0, "TLSv1.3")


def answers(monkeypatch: pytest.MonkeyPatch, platform: Callable[[Request], Answer]) -> list[Request]:
    """Every HTTP client is answered by the function; gives the requests as they come."""
    asked: list[Request] = []

    def ask(_: HttpClient, request: Request, **__: Any) -> Answer:
        asked.append(request)
        return platform(request)

    monkeypatch.setattr(HttpClient, "ask", ask)
    return asked
