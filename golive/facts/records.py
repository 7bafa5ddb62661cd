"""The public names' DNS records, as every authoritative server and a recursive one give them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from golive.clients.name_server import DnsAnswer, NameServer
from golive.target import Target
from golive.target.edge import Dns
from golive.target.needed import required

ITEM: Final = "infrastructure.dns"
AT_ONCE: Final = 8
ADDRESSES: Final = frozenset({"A", "AAAA"})


class Records:
    """The zone of the public names, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.expected: Dns = required(target.dns, "dns", ITEM)
        self._limits = target.limits

    def asked(self) -> frozenset[tuple[str, str, str]]:
        """Every server, name and type to be asked for; of a name with addresses both kinds: clients use either."""
        servers = (*self.expected.authoritative, self.expected.recursive)
        declared = {(record.name, record.type) for record in self.expected.records}
        addresses = {(name, each) for name, kind in declared if kind in ADDRESSES for each in ADDRESSES}
        return frozenset((server, *each) for server in servers for each in declared | addresses)

    def answers(self) -> tuple[DnsAnswer, ...]:
        """What each server says of each of these. Raises the first error where one does not answer."""
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return tuple(pool.map(self._ask, sorted(self.asked())))

    def wrong(self, answers: Iterable[DnsAnswer]) -> dict[str, str]:
        """By server, name and type, what is wrong with each answer; empty where every one is as declared."""
        found = {f"{each.server} {each.name} {each.type}": self._problem(each) for each in answers}
        return {place: problem for place, problem in found.items() if problem}

    def _ask(self, asked: tuple[str, str, str]) -> DnsAnswer:
        server, name, kind = asked
        return NameServer(server, self._limits).ask(name, kind)

    def _problem(self, answer: DnsAnswer) -> str:
        declared = {(str(record.name), str(record.type)): record.values for record in self.expected.records}
        wanted = declared.get((answer.name, answer.type))
        if wanted is None:
            return f"is {', '.join(sorted(answer.values))}; none is declared" if answer.values else ""
        if not answer.values:
            return "missing"
        if answer.values != wanted:
            return f"is {', '.join(sorted(answer.values))}; expected {', '.join(sorted(wanted))}"
        if answer.ttl > self.expected.max_ttl:
            return f"is kept for {answer.ttl} s; at most {self.expected.max_ttl} s"
        if answer.server != self.expected.recursive and not answer.authoritative:
            return "is not answered with authority"
        return ""
