"""One request, by an id that nobody else uses, in the logs of every service that it crossed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from golive.clients.http import HttpClient, Request
from golive.clients.log_store import SYSTEM, log_store
from golive.clients.secret import bearer
from golive.errors import NotDescribed
from golive.facts.gateway import version_of
from golive.facts.identity import Identity
from golive.facts.release import confirm
from golive.residue import RunId
from golive.target import Target
from golive.target.needed import required
from golive.waiting import Deadline

ITEM = "monitoring.logs"
_INTERVAL, _MARGIN = 0.3, 5.0


@dataclass(frozen=True)
class Trace:
    """The request, and for each service that had logged it within the limit, how many records name it."""

    request: str
    route: str
    status: int
    found: Mapping[str, int]
    seconds: float
    """Until all were found, or until it was given up."""
    limit: float
    service: str = SYSTEM


class LogTrace:
    """Asks the gateway once, and the log store until it has it."""

    def __init__(self, target: Target, identity: Identity, run: RunId) -> None:
        self.target, self._identity, self._run = target, identity, run

    def follow(self, release: str) -> Trace:
        """One request of the MISO persona. What was not found within the limit is absent from ``found``.

        Raises NotDescribed without [logs.trace], WrongVersion where another release answered, and as the store does.
        """
        settings = required(self.target.logs, "logs", ITEM)
        traced = settings.trace
        if traced is None:
            raise NotDescribed("logs", f"the target has no [logs.trace], which {ITEM} looks at", hint="add it")
        store = log_store(self.target, ITEM)
        token = self._identity.log_in("miso").token
        name, began = f"{self._run}-{secrets.token_hex(4)}", time.time()
        store.mentions(name, began - _MARGIN)  # one that cannot be asked is not asked for half a minute
        http = HttpClient("gateway", self.target.limits, self.target.ca_file)
        url = self.target.gateway.url.rstrip("/") + traced.route
        answer = http.ask(Request(url, headers={traced.header: name, **bearer(token)}))
        confirm("gateway", {version_of(answer, self.target.gateway)}, release)
        deadline = Deadline(SYSTEM, "the request's arrival in the logs", traced.seconds)
        found: dict[str, int] = {}
        while not traced.crosses <= found.keys() and deadline.remaining > 0:
            time.sleep(min(_INTERVAL, deadline.remaining))
            found.update(store.mentions(name, began - _MARGIN))
        return Trace(name, traced.route, answer.status, dict(found), round(time.time() - began, 1), traced.seconds)
