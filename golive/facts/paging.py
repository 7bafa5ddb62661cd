"""Whether PagerDuty would page: the production service as it stands, and an event sent to the test service.

Nothing is sent to the production service. The test event is resolved whatever happens meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from golive.clients.pagerduty import SYSTEM, PagerDutyClient
from golive.clients.pagerduty_events import EventsClient
from golive.clients.secret import secret
from golive.errors import NotDescribed
from golive.residue import RunId
from golive.target import Target
from golive.waiting import Deadline, comes_true

ITEM = "monitoring.pagerduty"
STATES = ("triggered", "acknowledged", "resolved")
ENABLED = frozenset({"active", "warning", "critical"})
_INTERVAL = 0.3


@dataclass(frozen=True)
class PagingService:
    """A service that pages. ``wanting`` says in words what keeps it from paging; keys are told by their sha256 only."""

    name: str
    status: str
    key: str
    """Fingerprint of the key that the target says is in use."""
    keys: tuple[str, ...]
    """Those of the service's own integrations."""
    wanting: tuple[str, ...]
    note: str
    service: str = SYSTEM


@dataclass(frozen=True)
class Drill:
    """A test event. ``states``: those that its incident was seen in, in time, after each of the three events."""

    event: str
    name: str
    states: tuple[str, ...]
    seconds: float
    service: str = SYSTEM


class Paging:
    """PagerDuty's services of this platform."""

    def __init__(self, target: Target, run: RunId) -> None:
        self.target, self._run = target, run

    def production(self) -> PagingService:
        """The service by which people are paged. Raises NotDescribed where the target has none."""
        client = PagerDutyClient(self.target, ITEM)
        settings = client.settings
        described = settings.production
        if described is None:
            raise _not_described("production")
        found = client.service(described.service)
        key = fingerprint(secret(SYSTEM, "key of the production integration", described.key))
        keys = tuple(sorted(map(fingerprint, found.keys)))
        held = {
            f"it is {found.status}": found.status in ENABLED,
            "it is in maintenance": not client.in_maintenance(described.service),
            "no integration of it has the key that is in use": key in keys,
            f"it escalates by {found.policy}, not by {settings.policy}": found.policy == settings.policy,
        }
        wanting = tuple(words for words, holds in held.items() if not holds)
        return PagingService(described.service, found.status, key, keys, wanting, settings.note)

    def drill(self) -> Drill:
        """Send an event to the test service, acknowledge it, resolve it, and see its incident follow."""
        client = PagerDutyClient(self.target, ITEM)
        described = client.settings.test
        if described is None:
            raise _not_described("test")
        events = EventsClient(self.target, client.settings, described.key)
        name, began = f"{self._run}-{secrets.token_hex(4)}", time.monotonic()
        seen: list[str] = []
        resolved = False
        try:
            for state, send in zip(STATES, (events.trigger, events.acknowledge, events.resolve), strict=True):
                send(name)
                resolved = send == events.resolve
                if not self._follows(client, described.service, name, state):
                    break
                seen.append(state)
        finally:
            if not resolved:
                events.resolve(name)
        return Drill(name, described.service, tuple(seen), round(time.monotonic() - began, 1))

    def _follows(self, client: PagerDutyClient, service: str, name: str, state: str) -> bool:
        """Whether the event's incident comes into that state in time."""
        deadline = Deadline(SYSTEM, f"the test incident's being {state}", client.settings.seconds)
        return comes_true(lambda: client.incident(service, name) == state, deadline, interval=_INTERVAL)


def fingerprint(key: str) -> str:
    """What may be told of a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _not_described(table: str) -> NotDescribed:
    words = f"the target has no [pagerduty.{table}], which {ITEM} looks at"
    return NotDescribed(SYSTEM, words, hint="targets/production.example.toml explains its fields")
