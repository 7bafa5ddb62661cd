"""The lab is whole once its platform has reached every server that runs: not before is it as a running platform is."""

from __future__ import annotations

import time
from collections.abc import Mapping

from golive.waiting import Deadline, wait_until
from golive_lab.runner import Runner, State

SECONDS = 30.0
"""A service tries a server that was away at least once a second; a consumer group needs its session to time out."""


def wait_joined(runners: Mapping[str, Runner]) -> None:
    """Return once every running service has just now reached all the running servers that it uses.

    Raises TimedOut, with the first service that lacks one, when that takes too long.
    """
    since = time.monotonic()
    running = frozenset(name for name, runner in runners.items() if runner.state is State.READY)

    def lacking() -> tuple[bool | None, str]:
        # all are asked each time, since whoever is asked looks at its servers at once
        words = [runners[name].service.joined(running, since) for name in sorted(running)]
        absent = [one for one in words if one is not None]
        return (None, absent[0]) if absent else (True, "")

    wait_until(lacking, Deadline("lab", "the platform's reaching its servers", SECONDS))
