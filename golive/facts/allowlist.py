"""An allowlist of addresses: what it holds, and what it does to calls from inside and from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from golive.clients.haproxy import HaproxyRuntime
from golive.clients.http import HttpClient, Request
from golive.errors import CannotEstablish, NoEvidence, TimedOut, Unreachable
from golive.facts.addresses import SYSTEM, addresses_of, at
from golive.facts.networks import open_to_all
from golive.facts.variants import paths_of
from golive.target import Target
from golive.target.edge import Network, Vantage
from golive.target.needed import required

ITEM: Final = "security.ip_allowlists"
FORGED: Final = (
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "X-Originating-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Cluster-Client-IP",
)
"""Headers by which proxies tell who asked; ``Forwarded`` besides, in its own form (RFC 7239)."""
PASSED, REFUSED = "passes", "refused"
NOTHING_SHOWN: Final = range(300, 500)
"""What shows nothing of a path that may be another one, or that is to be asked for by TLS."""


@dataclass(frozen=True)
class Configured:
    """What the list holds where it is enforced. ``opens`` names networks that alone, or together, are everybody."""

    networks: tuple[str, ...]
    opens: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """A call to be made, and what refuses it besides the status that the target declares."""

    request: Request
    may_be_closed: bool = False
    """Whether a connection that nobody takes is a refusal too: the edge itself must answer."""
    refusals: range = range(0)

    def state(self, answer: object, refusal: int) -> str:
        """What became of it: PASSED, REFUSED, or another status. Raises an answer that is none, and no refusal."""
        if self.may_be_closed and isinstance(answer, Unreachable | TimedOut):
            return REFUSED
        if isinstance(answer, CannotEstablish):
            raise answer
        status = getattr(answer, "status", 0)
        if status == refusal or status in self.refusals:
            return REFUSED
        return PASSED if status == HTTPStatus.OK else f"HTTP {status}"


@dataclass(frozen=True)
class Call:
    """One call from one vantage; ``state`` is ``passes``, ``refused``, or what else came of it."""

    vantage: str
    way: str
    state: str


@dataclass(frozen=True)
class Egress:
    """The address that a vantage's calls are seen to come from."""

    vantage: str
    address: str
    inside: bool


class Allowlist:
    """The path that only some networks may see."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.expected = required(target.allowlist, "allowlist", ITEM)
        parts = urlsplit(self.expected.url)
        self._host, self._port = str(parts.hostname), parts.port or 443

    def configured(self) -> Configured:
        """The list as the edge has it now."""
        found = HaproxyRuntime(self.expected.haproxy, self._target.limits).networks()
        return Configured(written(found), written(open_to_all(found)))

    def vantages(self) -> tuple[Egress, ...]:
        """Where each vantage is seen to come from. Raises NoEvidence where it is not where its name says."""
        found = tuple(self._egress(name, vantage) for name, vantage in self._vantages().items())
        misplaced = [each for each in found if each.inside != (each.vantage == "inside")]
        if misplaced:
            raise NoEvidence(
                SYSTEM,
                f"the vantage {misplaced[0].vantage} is seen to come from {misplaced[0].address}, which is "
                f"{'inside' if misplaced[0].inside else 'outside'} the declared networks",
                hint="name a source or proxy whose calls come from elsewhere",
            )
        return found

    def from_inside(self) -> tuple[Call, ...]:
        """The guarded path, from inside, at each address of its host."""
        return self._calls("inside", self._plain())

    def from_outside(self) -> tuple[Call, ...]:
        """The same from outside: plainly, written otherwise, by plain HTTP, and straight at the origin.

        Plainly and at the origin also with each forged header.
        """
        plain = self._plain()
        straight = Way(Request(self.expected.origin, headers={"Host": self._host}), may_be_closed=True)
        ways = {**plain, "straight to the origin": straight}
        return self._calls(
            "outside", {**ways, **self._forged(ways), **self._written_otherwise(plain), **self._by_plain_http()}
        )

    def _forged(self, ways: Mapping[str, Way]) -> dict[str, Way]:
        """Each of these ways with each header that says somebody inside asked."""
        insider = self._insider()
        headers = dict.fromkeys(FORGED, insider) | {"Forwarded": f"for={insider}"}
        return {
            f"{name}, forged {header}": replace(
                way, request=replace(way.request, headers={**way.request.headers, header: value})
            )
            for name, way in ways.items()
            for header, value in headers.items()
        }

    def _written_otherwise(self, ways: Mapping[str, Way]) -> dict[str, Way]:
        """Each of these ways with the path in other spellings, which may be other paths, or lead to this one."""
        return {
            f"written otherwise {name}, {spelling}: {path}": Way(
                replace(way.request, raw_path=path), refusals=NOTHING_SHOWN
            )
            for name, way in ways.items()
            for spelling, path in paths_of(urlsplit(self.expected.url).path)
        }

    def _by_plain_http(self) -> dict[str, Way]:
        """The same path where no TLS is spoken, at each address; nothing where the target says no such port."""
        edge = self._target.edge
        if edge is None:
            return {}
        url = f"http://{self._host}:{edge.http_port}{urlsplit(self.expected.url).path}"
        places = addresses_of(self._target, self._host, edge.http_port)
        return {
            f"plain HTTP at {place.address}": Way(at(place, url), may_be_closed=True, refusals=NOTHING_SHOWN)
            for place in places
        }

    def _vantages(self) -> dict[str, Vantage]:
        return {"inside": self.expected.inside, "outside": self.expected.outside}

    def _client(self, vantage: Vantage) -> HttpClient:
        target = self._target
        return HttpClient(SYSTEM, target.limits, target.ca_file, source=vantage.source, proxy=vantage.proxy)

    def _egress(self, name: str, vantage: Vantage) -> Egress:
        place = addresses_of(self._target, self._host, self._port)[0]
        answer = self._client(vantage).ask(at(place, self.expected.egress))
        try:
            address = ip_address(answer.text.strip())
        except ValueError as error:
            raise NoEvidence(
                SYSTEM,
                f"{self.expected.egress} answers no address to the vantage {name}: HTTP {answer.status}",
                hint="allowlist.egress answers, as text, with the address that it was asked from",
            ) from error
        return Egress(name, str(address), any(address in network for network in self.expected.cidrs))

    def _plain(self) -> dict[str, Way]:
        places = addresses_of(self._target, self._host, self._port)
        return {f"at {place.address}": Way(at(place, self.expected.url)) for place in places}

    def _insider(self) -> str:
        """An address inside, for forging."""
        network = min(self.expected.cidrs, key=str)
        return str(network[min(1, network.num_addresses - 1)])

    def _calls(self, name: str, ways: Mapping[str, Way]) -> tuple[Call, ...]:
        answers = self._client(self._vantages()[name]).ask_all({way: each.request for way, each in ways.items()})
        refusal = self.expected.refusal
        return tuple(Call(name, way, ways[way].state(answer, refusal)) for way, answer in answers.items())


def written(networks: Iterable[Network]) -> tuple[str, ...]:
    """Networks as texts, in order."""
    return tuple(sorted(str(network) for network in networks))


def states(calls: Iterable[Call]) -> dict[str, str]:
    """What came of each way."""
    return {call.way: call.state for call in calls}
