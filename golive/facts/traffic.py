"""A little traffic for the items that only watch: every read of the API now and again, as the MISO persona.

It is no load, and judges no answer: what the platform makes of it is seen in its logs, metrics and databases.
"""

from __future__ import annotations

import time
from threading import Event

from pydantic import SecretStr

from golive.clients.http import Request
from golive.errors import ProtocolBroken
from golive.facts.api import CONNECTIONS, Api, signed
from golive.facts.identity import Identity
from golive.facts.openapi import READS, Document
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.needed import required

TRIES = 5
"""For the API's document."""
PAUSE = 0.5
"""Seconds between them."""


class Traffic(Watcher):
    """Reads at the gateway for as long as the window is open."""

    name = "traffic"

    def __init__(self, target: Target, identity: Identity) -> None:
        self._api, self._identity = Api(target), identity
        self._times = required(target.load, "load", "the performance phase").quiet_rounds
        self._rounds = 0
        self._calls: dict[str, Request] = {}
        self._fresh_until = 0.0

    def before(self, course: Course) -> None:
        """Ask for every read once: what was never asked for is counted nowhere yet.

        Raises where nobody can log in or the document is not to be had.
        """
        self._sign(course.stop)
        self._ask(course.stop)

    def during(self, course: Course) -> None:
        """Ask for every read, each round anew."""
        while course.remaining > 0 and not course.stop.is_set():
            if time.monotonic() > self._fresh_until:
                self._sign(course.stop)
            self._rounds += self._ask(course.stop)
            course.stop.wait(min(course.remaining, course.seconds / self._times))

    def _ask(self, stop: Event) -> bool:
        """Whether every read was asked for: none is once the window is broken off."""
        if stop.is_set():
            return False
        self._api.http.ask_many(self._calls, connections=CONNECTIONS)
        return True

    def _sign(self, stop: Event) -> None:
        login, api = self._identity.log_in("miso"), self._api
        self._fresh_until = time.monotonic() + login.lifetime_seconds / 2
        operations = self._document(login.token, stop).operations(READS)
        calls = {each.name: api.call(each, each.route(api.values(each))) for each in operations}
        self._calls = {name: signed(call, login.token) for name, call in calls.items()}

    def _document(self, token: SecretStr, stop: Event) -> Document:
        """What to ask for; a gateway that fails now and then has still to be seen failing, so it is asked again."""
        for _ in range(TRIES - 1):
            try:
                return self._api.document(token)
            except ProtocolBroken:
                if stop.wait(PAUSE):
                    raise
        return self._api.document(token)

    def after(self) -> Json:
        """How often every read was asked for."""
        return {"rounds": self._rounds}
