"""A little traffic for the items that only watch: every read of the API now and again, as the MISO persona.

It is no load, and judges no answer: what the platform makes of it is seen in its logs, metrics and databases.
"""

from __future__ import annotations

from golive.facts.api import CONNECTIONS, Api, signed
from golive.facts.identity import Identity
from golive.facts.openapi import READS
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.needed import required


class Traffic(Watcher):
    """Reads at the gateway for as long as the window is open."""

    name = "traffic"

    def __init__(self, target: Target, identity: Identity) -> None:
        self._api, self._identity = Api(target), identity
        self._times = required(target.load, "load", "the performance phase").quiet_rounds
        self._rounds = 0

    def during(self, course: Course) -> None:
        """Ask for every read, each round anew. Raises where nobody can log in or the document is not to be had."""
        token = self._identity.log_in("miso").token
        api = self._api
        operations = api.document(token).operations(READS)
        calls = {each.name: signed(api.call(each, each.route(api.values(each))), token) for each in operations}
        while course.remaining > 0 and not course.stop.is_set():
            api.http.ask_many(calls, connections=CONNECTIONS)
            self._rounds += 1
            course.stop.wait(min(course.remaining, course.seconds / self._times))

    def after(self) -> Json:
        """How often every read was asked for."""
        return {"rounds": self._rounds}
