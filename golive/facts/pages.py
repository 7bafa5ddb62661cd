"""The pages of a long answer, walked to their end: by what asks for the next page, or by the address of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import SecretStr

from golive.clients.address import same_origin
from golive.clients.http import Answer
from golive.clients.words import place
from golive.facts.api import SYSTEM, Api
from golive.facts.rows import Row, at, rows_at
from golive.target.functional import History as Settings
from golive.waiting import Deadline

MOST_PAGES = 1000
ENDED = "after the last page"


@dataclass
class Walk:
    """The rows of each page, how it ended (``after the last page``, or what kept it from that), and who answered."""

    pages: list[tuple[Row, ...]] = field(default_factory=list)
    ended: str = ""
    version: str = ""

    @property
    def rows(self) -> list[Row]:
        """Of all pages."""
        return [row for page in self.pages for row in page]

    def too_long(self, size: int) -> tuple[str, ...]:
        """Pages with more rows than were asked for; the first ten of them."""
        long = [(at, len(page)) for at, page in enumerate(self.pages, 1) if len(page) > size]
        return tuple(f"page {at} has {rows} rows; asked for {size}" for at, rows in long[:10])


def pages_of(api: Api, settings: Settings, token: SecretStr, days: list[datetime.date]) -> Walk:
    """Every page of the history of these days. Raises TimedOut where they take half of the item's time."""
    params: Mapping[str, str] = {
        settings.first_parameter: days[0].isoformat(),
        settings.last_parameter: days[-1].isoformat(),
        settings.paging.size_parameter: str(settings.paging.size),
    }
    walk, asked = Walk(), set[str]()
    deadline = Deadline(SYSTEM, f"all pages of {settings.route}", api.target.limits.item / 2)
    while not walk.ended:
        deadline.check(f"{len(walk.pages)} pages")
        request = api.request(settings.route, token, params)
        answer = api.http.ask(request)
        walk.version = api.version(answer)
        said = _added(walk, answer, settings)
        if not walk.ended:
            params = _following(walk, said, asked, params, settings, request.url)
    return walk


def _added(walk: Walk, answer: Answer, settings: Settings) -> Any:
    """What the page says of the next one, once its rows are the walk's."""
    if answer.status != HTTPStatus.OK:
        walk.ended = f"page {len(walk.pages) + 1} answered {answer.status}"
        return None
    content = answer.json()
    walk.pages.append(rows_at(content, settings.rows))
    said = at(content, settings.paging.next)
    if said is None or said is False or said == "":
        walk.ended = ENDED
    return said


def _following(
    walk: Walk, said: Any, asked: set[str], params: Mapping[str, str], settings: Settings, url: str
) -> Mapping[str, str]:
    """The parameters of the next page; where there are none, the walk has ended."""
    page, next_ = f"page {len(walk.pages)}", settings.paging.next
    if isinstance(said, bool) or not isinstance(said, str | int):
        walk.ended = f"{page} has {next_} {type(said).__name__}, which asks for nothing; expected text or a number"
    elif str(said) in asked or len(walk.pages) >= MOST_PAGES:
        walk.ended = f"{page} says that an earlier page follows it"
    elif isinstance(said, str) and _is_address(said):
        there = urljoin(url, said)
        if same_origin(there, url) and urlsplit(there).path.rstrip("/") == urlsplit(url).path.rstrip("/"):
            params = dict(parse_qsl(urlsplit(there).query, keep_blank_values=True))
        else:
            walk.ended = f"{page} is followed by {place(there)}; expected the same route, {place(url)}"
    else:
        params = {**params, settings.paging.parameter: str(said)}
    asked.add(str(said))
    return params


def _is_address(said: str) -> bool:
    """An address has a query: a text that only begins with a slash may be a cursor in base64."""
    return said.startswith(("http://", "https://", "?")) or (said.startswith("/") and "?" in said)
