"""PagerDuty's Events API, version 2, by its official client: sends events to one integration, within a deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from golive.clients import tls
from golive.clients.deadlines import client_deadline, within
from golive.clients.pagerduty import SYSTEM, State, typed
from golive.clients.secret import secret
from golive.target import SecretReference, Target
from golive.target.pagerduty import PagerDuty

if TYPE_CHECKING:
    import pagerduty

SOURCE = "golive"


class EventsClient:
    """Sends each event once: what happens to one that is not taken is the caller's finding."""

    def __init__(self, target: Target, settings: PagerDuty, key: SecretReference) -> None:
        self._target, self._settings, self._key = target, settings, key

    def trigger(self, name: str) -> None:
        """Open an incident that says what it is."""
        summary = f"{name}: a test of the way to the pager; it is resolved by itself"
        self._sent("a test event", lambda api: api.trigger(summary, SOURCE, dedup_key=name, severity="info"))

    def acknowledge(self, name: str) -> None:
        """Acknowledge it."""
        self._sent("its acknowledgement", lambda api: api.acknowledge(name))

    def resolve(self, name: str) -> None:
        """Resolve it."""
        self._sent("its resolution", lambda api: api.resolve(name))

    def _sent(self, what: str, send: Callable[[pagerduty.EventsApiV2Client], object]) -> None:
        import httpx2
        import pagerduty

        limits, state = self._target.limits, State()
        api = pagerduty.EventsApiV2Client(
            secret(SYSTEM, "key of the test integration", self._key),
            base_url=self._settings.events_url.rstrip("/"),
            verify=tls.context(SYSTEM, self._target.ca_file),
            trust_env=False,
            event_hooks={"response": [state.saw]},
        )
        api.timeout = httpx2.Timeout(limits.operation, connect=limits.connect)  # type: ignore[assignment] # passed on
        api.max_network_attempts = 0
        api.retry = {}
        deadline = client_deadline(SYSTEM, what, limits.operation)
        within(deadline, lambda: typed(api.url, what, lambda: send(api)), state=state.words, abandon=api.close)
