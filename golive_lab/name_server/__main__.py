"""Serve a zone on two ports with authority, and on a third one what the first two say.

The third is recursive as far as this zone goes: it asks each authoritative server in turn over UDP and passes the
answer on without authority. It keeps no cache, so that a world shows at once.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import DNSServer
from pydantic import BaseModel

HOST = "127.0.0.1"
FORWARD_SECONDS = 1.0


class Settings(BaseModel):
    """The file that the lab writes."""

    authoritative: dict[int, str]
    """Port, and the zone that is served there."""
    recursive: int


class Authority:
    """A zone, answered with authority; what is not in it is refused or does not exist."""

    def __init__(self, text: str) -> None:
        self._records = RR.fromZone(text)
        self._names = {str(record.rname).lower() for record in self._records}

    def resolve(self, request: Any, _handler: Any) -> Any:
        """The records of the name asked for; a CNAME with what it leads to."""
        reply = request.reply(aa=1, ra=0)
        name = str(request.q.qname).lower()
        if name not in self._names:
            reply.header.rcode = RCODE.NXDOMAIN
        for _ in range(4):
            found = [record for record in self._records if str(record.rname).lower() == name]
            wanted = [record for record in found if QTYPE[record.rtype] in {QTYPE[request.q.qtype], "CNAME"}]
            reply.add_answer(*wanted)
            alias = [str(record.rdata).lower() for record in wanted if QTYPE[record.rtype] == "CNAME"]
            if not alias or QTYPE[request.q.qtype] == "CNAME":
                break
            (name,) = alias
        return reply


class Recursive:
    """Asks the authoritative servers, the first one first."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports

    def resolve(self, request: Any, _handler: Any) -> Any:
        """Their answer, without authority; SERVFAIL where none gives one."""
        for port in self._ports:
            with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(FORWARD_SECONDS)
                asking.sendto(request.pack(), (HOST, port))
                reply = DNSRecord.parse(asking.recv(4096))
                reply.header.aa, reply.header.ra = 0, 1
                return reply
        reply = request.reply(aa=0)
        reply.header.rcode = RCODE.SERVFAIL
        return reply


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="golive_lab.name_server", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by the lab")
    settings = Settings.model_validate_json(parser.parse_args().config.read_text(encoding="utf-8"))
    resolvers: dict[int, Any] = {port: Authority(text) for port, text in settings.authoritative.items()}
    resolvers[settings.recursive] = Recursive(list(settings.authoritative))
    for port, resolver in resolvers.items():
        for tcp in (False, True):
            server = DNSServer(resolver, address=HOST, port=port, tcp=tcp)
            threading.Thread(target=server.server.serve_forever, daemon=True).start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
