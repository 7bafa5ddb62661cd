"""What is cached on the way to customers: assets are, one customer's answers never, and nobody goes round it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from golive.clients.handshake import Place
from golive.clients.http import HttpClient, Request
from golive.clients.secret import bearer
from golive.errors import TimedOut, Unreachable
from golive.facts.addresses import SYSTEM, addresses_of, at
from golive.facts.identity import Identity
from golive.target import Target
from golive.target.needed import required

ITEM: Final = "infrastructure.cdn"
TIMES: Final = 2
SUCCESSES: Final = range(200, 300)
REFUSALS: Final = frozenset(range(400, 500)) - {401, 405, 429}
"""These three come from what was reached: it wanted a token, another method, or fewer calls."""
AGE: Final = "age"
"""Seconds in a cache, by RFC 9111 told also by one that says nothing else; some say 0 of what they did not keep."""


@dataclass(frozen=True)
class Fetched:
    """One path fetched twice at one address: the two statuses, and whether the cache says that it kept the second.

    ``aged`` tells whether it was some time in a cache, ``bare`` what came to one who asked for it afterwards without a
    token; 0 where nobody did.
    """

    path: str
    address: str
    statuses: tuple[int, ...]
    hit: bool
    aged: bool = False
    bare: int = 0

    @property
    def kept(self) -> bool:
        """Whether a cache has it by any sign; who has no token is given it by none that says nothing."""
        return self.hit or self.aged or self.bare in SUCCESSES


@dataclass(frozen=True)
class RoundIt:
    """What stands behind the cache, asked straight: an HTTP status, or why it does not answer."""

    origin: str
    said: str
    refused: bool


class Cached:
    """The cache before the platform."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.expected = required(target.cdn, "cdn", ITEM)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def assets(self) -> tuple[Fetched, ...]:
        """Each static asset, twice at each address."""
        return self._twice(self.expected.assets, {})

    def private(self) -> tuple[Fetched, ...]:
        """Each route of a customer's own, twice at each address with that customer's token, and then without one."""
        found = self._twice(self.expected.private, bearer(self._token))
        return tuple(replace(each, bare=self._bare(each)) for each in found)

    def round_it(self) -> tuple[RoundIt, ...]:
        """What the origin does to one who goes round the cache, for the public host. Raises what is no refusal.

        Asked for is an asset, and with a token each route of a customer's own: a rule may be about some paths alone.
        """
        base = urlunsplit((*urlsplit(self.expected.origin)[:2], "", "", ""))
        private = tuple(self._refused(f"{base}{path}", bearer(self._token)) for path in self.expected.private)
        return (self._refused(self.expected.origin, {}), *private)

    @cached_property
    def _token(self) -> SecretStr:
        return Identity(self._target).log_in("miso").token

    def _refused(self, url: str, headers: Mapping[str, str]) -> RoundIt:
        try:
            answer = self._http.ask(Request(url, headers={**headers, "Host": self.expected.host}))
        except (Unreachable, TimedOut) as error:
            return RoundIt(url, str(error.reason), refused=True)
        return RoundIt(url, f"HTTP {answer.status}", refused=answer.status in REFUSALS)

    def _twice(self, paths: tuple[str, ...], headers: Mapping[str, str]) -> tuple[Fetched, ...]:
        host, port = self._place()
        return tuple(
            self._fetched(place, path, headers) for path in paths for place in addresses_of(self._target, host, port)
        )

    def _place(self) -> tuple[str, int]:
        edge = self._target.edge
        return self.expected.host, edge.https_port if edge else urlsplit(self._target.gateway.url).port or 443

    def _fetched(self, place: Place, path: str, headers: Mapping[str, str]) -> Fetched:
        request = at(place, _url(place, path), **headers)
        answers = [self._http.ask(request) for _ in range(TIMES)]
        said = answers[-1].headers
        hit = self.expected.hit.lower() in said.get(self.expected.hit_header.lower(), "").lower()
        aged = said.get(AGE, "0").strip() not in {"", "0"}
        return Fetched(path, place.address, tuple(answer.status for answer in answers), hit, aged)

    def _bare(self, fetched: Fetched) -> int:
        host, port = self._place()
        place = Place(host, fetched.address, port)
        return self._http.ask(at(place, _url(place, fetched.path))).status


def _url(place: Place, path: str) -> str:
    return f"https://{place.host}:{place.port}{path}"
