"""What every stand-in has: settings, a token to be shown, faults, and a header that says what it is."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform.config import INSTANCE_PATH
from golive_lab.platform.faults import Faults

LABEL = {"X-Stand-In": "golive lab"}
COMMON: Mapping[str, str] = {
    "refuses_token": "the suite's token is no longer known",
    "puts_off": "every request is one too many",
}
"""Faults that each of them knows."""
Answer = tuple[int, Any]
"""Status and JSON."""
Asked = Callable[[Request], Answer]
AskedBody = Callable[[bytes], Answer]


class Settings(BaseModel):
    """What the process is told. ``secrets``: files by name, of which each vendor knows its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instance: str
    vendor: str
    port: int
    release: str
    faults_file: Path
    certificate: Path
    key: Path
    secrets: dict[str, Path]


class StandIn:
    """One vendor's: ``faulty`` tells what is to be told otherwise, ``now`` when it is, both for one answer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._faults = Faults(settings.faults_file, settings.vendor)

    def faulty(self, name: str) -> bool:
        """Whether that fault is in force."""
        return name in self._faults.in_force

    def secret(self, name: str) -> str:
        """That secret of the lab."""
        return self.settings.secrets[name].read_text(encoding="utf-8")

    def guarded(self, path: str, shown: Callable[[Request], str], answer: Asked) -> Route:
        """A route for those who show the vendor's token, the way that vendor wants it shown."""

        async def endpoint(request: Request) -> Response:
            if refused := self._refused(shown(request)):
                return refused
            return told(*answer(request))

        return Route(path, endpoint)

    def guarded_with_body(self, path: str, shown: Callable[[Request], str], answer: AskedBody) -> Route:
        """As ``guarded``, for a POST whose body is what counts."""

        async def endpoint(request: Request) -> Response:
            if refused := self._refused(shown(request)):
                return refused
            return told(*answer(await request.body()))

        return Route(path, endpoint, methods=["POST"])

    def _refused(self, token: str) -> Response | None:
        if self.faulty("puts_off"):
            return told(HTTPStatus.TOO_MANY_REQUESTS, {"error": "rate limit exceeded"})
        if self.faulty("refuses_token") or not hmac.compare_digest(token.encode(), self.secret("token").encode()):
            return told(HTTPStatus.UNAUTHORIZED, {"error": "unauthorized"})
        return None

    def application(self, routes: list[Route]) -> Starlette:
        """The vendor's routes, and the lab's own."""

        async def instance(_: Request) -> Response:
            return told(HTTPStatus.OK, {"instance": self.settings.instance})

        return Starlette(routes=[*routes, Route(INSTANCE_PATH, instance)])


def told(status: int, content: Any) -> Response:
    """An answer that says what it comes from."""
    return JSONResponse(content, status, LABEL)


def shown_as(scheme: str) -> Callable[[Request], str]:
    """What follows that scheme in the header Authorization: ``Bearer``, ``OAuth``, ``Token token=``."""

    def shown(request: Request) -> str:
        value = request.headers.get("authorization", "")
        return value.removeprefix(scheme).strip() if value.startswith(scheme) else ""

    return shown


def page(items: list[Any], query: Mapping[str, str], most: int) -> tuple[list[Any], bool]:
    """The part of the list that ``offset`` and ``limit`` ask for, ``most`` at the most, and whether more follow."""
    offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", most)), most)
    return items[offset : offset + limit], offset + limit < len(items)


def basic_password(request: Request, user: str) -> str:
    """What that user showed, by RFC 7617; empty for anybody else."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(shown, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if scheme == "Basic" and name == user else ""


def now() -> datetime:
    """Now, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def iso(moment: datetime) -> str:
    """As most APIs write a time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
