"""The documentation that customers read: whether each page is there, is this release's, and links to what is there."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from golive.clients.address import origin
from golive.clients.http import HttpClient
from golive.clients.secret import bearer, secret
from golive.clients.words import place
from golive.errors import CannotEstablish
from golive.facts.release import expected_tag
from golive.facts.web_pages import Fetched, Found, find, links, part_missing, wrong
from golive.target import Target
from golive.target.documentation import Documentation
from golive.target.needed import required
from golive.waiting import Deadline

ITEM, SYSTEM = "documentation.user", "documentation"
COMPLETE = "of this release"
_SHOWN, _AT_ONCE = 10, 40


@dataclass(frozen=True)
class Page:
    """One declared page. ``state`` is ``of this release``, or says what is wrong with it."""

    page: str
    state: str
    links: int
    """How many of its links were followed."""
    dead: tuple[str, ...]
    """The first of those that lead nowhere, each with the reason."""
    not_followed: tuple[str, ...]
    """Other hosts that it links to, about which the target says nothing."""
    note: str
    service: str = SYSTEM


class Manual:
    """The site of the documentation."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def pages(self, release: str) -> tuple[Page, ...]:
        """Each declared page as it is found now, and what it links to.

        Raises NotDescribed without [documentation], WrongVersion where no release is named, TimedOut where the links
        take half of the item's time, and what kept every page from being asked for where none of them answered.
        """
        settings = required(self.target.documentation, SYSTEM, ITEM)
        wanted = settings.says.format(release=expected_tag(release, SYSTEM))
        addresses = {page: settings.url.rstrip("/") + page for page in sorted(settings.pages)}
        found = find(self._http, addresses.values(), self._headers(settings))
        errors = [each for each in found.values() if isinstance(each, CannotEstablish)]
        if errors and len(errors) == len(found):
            raise errors[0]
        linked = {url: links(page) for url, page in found.items() if isinstance(page, Fetched) and not wrong(page)}
        followed = self._followed({each for urls in linked.values() for each in urls}, settings)

        def of(page: str, url: str) -> Page:
            own = linked.get(url, ())
            dead = [f"{_short(each)}: {followed[each]}" for each in own if followed.get(each)]
            others = sorted({origin(each) for each in own if each not in followed})
            count = sum(each in followed for each in own)
            return Page(page, _state(found[url], wanted), count, tuple(dead[:_SHOWN]), tuple(others), settings.note)

        return tuple(of(page, url) for page, url in addresses.items())

    def _followed(self, urls: set[str], settings: Documentation) -> Mapping[str, str]:
        """Each of these on a host that is known, with what is wrong with it; empty where nothing is."""
        own = origin(settings.url)
        known = {own, *map(origin, settings.others)}
        deadline = Deadline(SYSTEM, "following its links", self.target.limits.item / 2)
        told: dict[str, str] = {}
        to_follow = sorted(each for each in urls if origin(each) in known)
        for start in range(0, len(to_follow), _AT_ONCE):
            deadline.check(f"{len(told)} links")
            some = to_follow[start : start + _AT_ONCE]
            for host in sorted(set(map(origin, some))):
                here = [each for each in some if origin(each) == host]
                told |= {
                    url: wrong(page) or (part_missing(url, page) if isinstance(page, Fetched) else "")
                    for url, page in find(
                        self._http, here, self._headers(settings) if host == own else {}, known
                    ).items()
                }
        return told

    def _headers(self, settings: Documentation) -> dict[str, str]:
        if settings.token is None:
            return {}
        return bearer(SecretStr(secret(SYSTEM, "token of the documentation", settings.token)))


def _state(found: Found, wanted: str) -> str:
    if not isinstance(found, Fetched) or wrong(found):
        return wrong(found)
    text = " ".join(html.unescape(found.answer.text).split())
    # Release 1.2 is said neither by 1.2.3 nor by 11.2.
    said = re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w|\.\w)", text)
    return COMPLETE if said else f"does not say {wanted!r}"


def _short(url: str) -> str:
    """The address without user and query; the part that it names stays, since it may be what is missing."""
    _, hash_, fragment = url.partition("#")
    return place(url) + hash_ + fragment[:80]
