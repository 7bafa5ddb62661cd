"""The ledger of a load: every scheduled request is accounted for, or nothing good may be concluded from the rest."""

from __future__ import annotations

from dataclasses import dataclass

MISSING_TOLERATED = 0.001
"""Share of the scheduled requests that may have been dropped: it moves a share over the limit by as much at most."""


@dataclass(frozen=True)
class Ledger:
    """Requests of the whole load, ramp included. ``scheduled`` comes from the plan, all others were counted.

    ``completed`` were answered, with whatever status; ``failed`` were refused, reset or cut short.
    """

    scheduled: int
    dropped: int
    sent: int
    completed: int
    timed_out: int
    failed: int

    def discrepancies(self) -> tuple[str, ...]:
        """The sums that do not add up, each as a sentence: scheduled = sent + dropped, sent = all its ends."""
        ended = self.completed + self.timed_out + self.failed
        found = []
        if self.scheduled != self.sent + self.dropped:
            found.append(
                f"{self.scheduled} requests were scheduled, but {self.sent} sent and {self.dropped} dropped: "
                f"{self.scheduled - self.sent - self.dropped} are unaccounted for"
            )
        if self.sent != ended:
            found.append(
                f"{self.sent} requests were sent, but {self.completed} completed, {self.timed_out} timed out and "
                f"{self.failed} failed: the end of {self.sent - ended} is unknown"
            )
        return tuple(found)

    @property
    def delivered_share(self) -> float:
        """Sent of scheduled, from 0 to 1."""
        return self.sent / self.scheduled

    def against_pass(self) -> tuple[str, ...]:
        """Why these counters cannot carry a PASS; empty where they can."""
        missing = 1 - self.delivered_share
        if missing <= MISSING_TOLERATED:
            return self.discrepancies()
        return (
            *self.discrepancies(),
            f"only {self.delivered_share:.2%} of the load was delivered (asked for: {self.scheduled} requests)",
        )
