"""One name server, asked over UDP, and over TCP where the answer was cut short or did not come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from golive.errors import CannotEstablish, ProtocolBroken, TimedOut, Unreachable
from golive.target.model import Limits

if TYPE_CHECKING:
    import dns.message

SYSTEM: Final = "dns"
PORT: Final = 53
NO_SUCH_NAME: Final = "NXDOMAIN"


@dataclass(frozen=True)
class DnsAnswer:
    """What a server says of one name and type; ``ttl`` is the longest in seconds, 0 where there is nothing."""

    server: str
    name: str
    type: str
    values: frozenset[str]
    ttl: int
    authoritative: bool


class NameServer:
    """A server by its address, ``192.0.2.1`` or ``192.0.2.1:5353``."""

    def __init__(self, address: str, limits: Limits) -> None:
        self.address, self.limits = address, limits
        host, colon, port = address.rpartition(":")
        whole = not colon or address.endswith("]")
        self._host, self._port = (address if whole else host).strip("[]"), PORT if whole else int(port)

    def ask(self, name: str, kind: str) -> DnsAnswer:
        """What it says, nothing included. Raises Unreachable, TimedOut, and ProtocolBroken for a refusal."""
        import dns.exception
        import dns.message
        import dns.rcode

        query = dns.message.make_query(name, kind)
        try:
            found = self._exchange(query)
        except dns.exception.Timeout as error:
            raise TimedOut(
                SYSTEM,
                f"{self.address} gives no answer for {name} {kind} within {self.limits.operation:g} s, by UDP or TCP",
                hint=f"dig @{self._host} -p {self._port} {name} {kind}",
            ) from error
        except OSError as error:
            words = error.strerror or str(error)
            hint = "is the name server up, and may this host reach it?"
            raise Unreachable(SYSTEM, f"{self.address}: {words}", hint=hint) from error
        except dns.exception.DNSException as error:
            raise self._broken(f"an answer for {name} {kind} that is none: {type(error).__name__}") from error
        if found.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise self._broken(f"{dns.rcode.to_text(found.rcode())} for {name} {kind}")
        return self._told(found, name, kind)

    def _exchange(self, query: dns.message.Message) -> dns.message.Message:
        import dns.exception
        import dns.flags
        import dns.query

        half = self.limits.operation / 2
        try:
            found = dns.query.udp(query, self._host, timeout=half, port=self._port)
        except (dns.exception.Timeout, OSError):
            # Nobody says over UDP that nobody listens; over TCP the system does.
            return dns.query.tcp(query, self._host, timeout=half, port=self._port)
        return dns.query.tcp(query, self._host, timeout=half, port=self._port) if found.flags & dns.flags.TC else found

    def _told(self, found: dns.message.Message, name: str, kind: str) -> DnsAnswer:
        """Of the type that was asked for, whatever aliases lead there."""
        import dns.flags
        import dns.rdatatype

        sets = [each for each in found.answer if dns.rdatatype.to_text(each.rdtype) == kind]
        return DnsAnswer(
            server=self.address,
            name=name,
            type=kind,
            values=frozenset(record.to_text() for each in sets for record in each),
            ttl=max((each.ttl for each in found.answer), default=0),
            authoritative=bool(found.flags & dns.flags.AA),
        )

    def _broken(self, seen: str) -> CannotEstablish:
        return ProtocolBroken(SYSTEM, f"{self.address} answers {seen}", hint="is it a server for this zone?")
