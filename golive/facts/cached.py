"""What is cached on the way to customers: assets are, one customer's answers never, and nobody goes round it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

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
REFUSALS: Final = range(400, 500)


@dataclass(frozen=True)
class Fetched:
    """One path fetched twice at one address: the two statuses, and whether the second came out of the cache."""

    path: str
    address: str
    statuses: tuple[int, ...]
    hit: bool


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
        """Each route of a customer's own, twice at each address, with that customer's token."""
        token = Identity(self._target).log_in("miso").token
        return self._twice(self.expected.private, bearer(token))

    def round_it(self) -> RoundIt:
        """What the origin does to one who goes round the cache, for the public host. Raises what is no refusal."""
        try:
            answer = self._http.ask(Request(self.expected.origin, headers={"Host": self.expected.host}))
        except (Unreachable, TimedOut) as error:
            return RoundIt(self.expected.origin, str(error.reason), refused=True)
        return RoundIt(self.expected.origin, f"HTTP {answer.status}", refused=answer.status in REFUSALS)

    def _twice(self, paths: tuple[str, ...], headers: dict[str, str]) -> tuple[Fetched, ...]:
        host, port = self._place()
        return tuple(
            self._fetched(place, path, headers) for path in paths for place in addresses_of(self._target, host, port)
        )

    def _place(self) -> tuple[str, int]:
        edge = self._target.edge
        return self.expected.host, edge.https_port if edge else urlsplit(self._target.gateway.url).port or 443

    def _fetched(self, place: Place, path: str, headers: dict[str, str]) -> Fetched:
        request = at(place, f"https://{place.host}:{place.port}{path}", **headers)
        answers = [self._http.ask(request) for _ in range(TIMES)]
        says = answers[-1].headers.get(self.expected.hit_header.lower(), "")
        hit = self.expected.hit.lower() in says.lower()
        return Fetched(path, place.address, tuple(answer.status for answer in answers), hit)
