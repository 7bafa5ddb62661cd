"""HAProxy's runtime API, of which only ``show acl`` is used: which addresses a list holds just now.

https://docs.haproxy.org/2.6/management.html#9.3 describes it. One command a connection; the answer ends with it.
"""

from __future__ import annotations

import asyncio
import re
from ipaddress import ip_network
from typing import Final

from golive.clients.deadlines import client_deadline
from golive.errors import ProtocolBroken, Unreachable
from golive.target.edge import Haproxy, Network
from golive.target.model import Limits

SYSTEM: Final = "edge"
MOST: Final = 1_000_000
_LIST: Final = re.compile(r"^(\d+) \(([^)]*)\) ?(.*)$", re.MULTILINE)
_PLACE: Final = re.compile(r"at file '([^']*)' line (\d+)")
_INLINE: Final = re.compile(r"acl '(?:src|[^']*hdr_ip)[^']*' file '([^']*)' line (\d+)")
"""Addresses that stand in the rule itself."""


class HaproxyRuntime:
    """One HAProxy's runtime API over TCP."""

    def __init__(self, settings: Haproxy, limits: Limits) -> None:
        self._settings, self._limits = settings, limits

    def networks(self) -> frozenset[Network]:
        """The addresses of the list that the target means, and those that stand beside it in the rules that use it.

        Raises ProtocolBroken where there is not exactly one such list.
        """
        lists = _LIST.findall(self._say("show acl"))
        meant = [(number, words) for number, name, words in lists if self._settings.acl in name]
        if len(meant) != 1:
            raise ProtocolBroken(
                SYSTEM,
                f"HAProxy has {len(meant)} lists whose name contains {self._settings.acl!r}; expected one of "
                f"{[name for _, name, _ in lists]}",
                hint="allowlist.haproxy.acl is a part of what `show acl` says of the list",
            )
        ((number, words),) = meant
        rules = set(_PLACE.findall(words))
        beside = [other for other, _, words in lists if rules & set(_INLINE.findall(words))]
        return frozenset().union(*(self._held(each) for each in (number, *beside)))

    def _held(self, number: str) -> frozenset[Network]:
        lines = [line.split() for line in self._say(f"show acl #{number}").splitlines() if line.strip()]
        try:
            return frozenset(ip_network(words[1]) for words in lines)
        except (IndexError, ValueError) as error:
            raise ProtocolBroken(SYSTEM, f"list #{number} holds no addresses: {error}", hint="right list?") from error

    def _say(self, command: str) -> str:
        return asyncio.run(self._exchange(command))

    async def _exchange(self, command: str) -> str:
        place = f"{self._settings.host}:{self._settings.port}"
        deadline = client_deadline(SYSTEM, f"{command!r} at {place}", self._limits.operation)
        try:
            async with asyncio.timeout(self._limits.operation):
                reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port)
                writer.write(f"{command}\n".encode())
                answer = await reader.read(MOST)
                while more := await reader.read(MOST):
                    answer += more
                writer.close()
        except TimeoutError:
            raise deadline.expired() from None
        except OSError as error:
            words = error.strerror or str(error)
            raise Unreachable(SYSTEM, f"HAProxy's runtime API at {place}: {words}", hint="is it up?") from error
        return answer.decode(errors="replace")
