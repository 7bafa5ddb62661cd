"""Pages that people read: found by a few redirects on hosts that are known, with the parts and links that they have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import unquote, urldefrag, urljoin

from golive.clients.address import origin
from golive.clients.http import Answer, HttpClient, Request
from golive.errors import CannotEstablish, Reason

MOST_REDIRECTS = 3
CONNECTIONS = 4
_REDIRECTS = {301, 302, 303, 307, 308}
_WORDS = {Reason.TIMEOUT: "late", Reason.UNREACHABLE: "refused", Reason.TLS: "TLS failed", Reason.PROTOCOL: "garbled"}
_LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "script": "src", "iframe": "src", "source": "src"}


@dataclass(frozen=True)
class Fetched:
    """An answer that leads nowhere further, and the address that gave it, which redirects may have led to."""

    address: str
    answer: Answer


Found = Fetched | str | CannotEstablish
"""An answer; where it leads elsewhere, in words; or what kept it from coming."""


def find(
    http: HttpClient, urls: Iterable[str], headers: Mapping[str, str], known: Collection[str] = ()
) -> dict[str, Found]:
    """What each address gives, redirects followed on its own host and to ``known`` origins.

    ``headers`` are shown to its own host only.
    """
    found: dict[str, Found] = {}
    at = {url: urldefrag(url).url for url in sorted(set(urls))}
    for _ in range(MOST_REDIRECTS + 1):
        shown = {url: headers if origin(there) == origin(url) else {} for url, there in at.items()}
        requests = {url: Request(there, headers=shown[url]) for url, there in at.items()}
        onward: dict[str, str] = {}
        for url, answer in http.ask_many(requests, connections=CONNECTIONS).items():
            if isinstance(answer, CannotEstablish) or answer.status not in _REDIRECTS:
                found[url] = answer if isinstance(answer, CannotEstablish) else Fetched(at[url], answer)
                continue
            there = urldefrag(urljoin(at[url], answer.headers.get("location", ""))).url
            if origin(there) and origin(there) in {origin(url), *known}:
                onward[url] = there
            else:
                found[url] = f"leads to another host, {origin(there) or 'which is no address'}"
        at = onward
        if not at:
            break
    return found | dict.fromkeys(at, f"leads on more than {MOST_REDIRECTS} times")


def wrong(found: Found) -> str:
    """What is wrong with it, in words; empty where it is a page."""
    if isinstance(found, CannotEstablish):
        return _WORDS.get(found.reason, str(found.reason))
    if isinstance(found, str):
        return found
    status = found.answer.status
    return "" if status == HTTPStatus.OK else f"HTTP {status}"


def part_missing(url: str, page: Fetched) -> str:
    """The part of the page that the address names and that is not there, in words; empty where all is well."""
    anchor = unquote(urldefrag(url).fragment)
    if not anchor or re.search(rf"""\b(id|name)=["']?{re.escape(anchor)}["'\s>]""", page.answer.text):
        return ""
    return f"has no part #{anchor}"


def links(page: Fetched) -> tuple[str, ...]:
    """Every http address that the page refers to, whole: what it links to, shows and loads."""
    reader = _Reader(page.address)
    reader.feed(page.answer.text)
    whole = (urljoin(reader.base, each.strip()) for each in reader.found)
    return tuple(dict.fromkeys(each for each in whole if re.match(r"https?://", each)))


class _Reader(HTMLParser):
    """The references of a page, as they stand there."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.found = url, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what it refers to; ``<base>`` says from where."""
        given = dict(attrs)
        if tag == "base" and given.get("href"):
            self.base = urljoin(self.base, given["href"])
        reference = given.get(_LINKS.get(tag, ""))
        if reference:
            self.found.append(reference)
