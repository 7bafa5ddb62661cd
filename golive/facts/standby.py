"""Who is on standby for the deployment: on call by PagerDuty's schedules, and there by the roll-call.

People are known by PagerDuty's own ids, which name nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from golive.clients.pagerduty import SYSTEM, PagerDutyClient
from golive.errors import BadInput, NoEvidence, StaleEvidence
from golive.evidence import roll_call
from golive.evidence.roll_call import Answer
from golive.facts.attestations import Stated
from golive.facts.on_call import gaps, span_words
from golive.target import Target
from golive.target.needed import required
from golive.target.pagerduty import Standby as Settings

ITEM = "preflight.team_on_standby"
ROLL_CALL = "attestations"
_SHOWN = 5


@dataclass(frozen=True)
class OnDuty:
    """Who holds a role between ``since`` and ``until``. ``uncovered`` names the first times at which nobody does."""

    role: str
    schedule: str
    since: datetime
    until: datetime
    people: tuple[str, ...]
    uncovered: tuple[str, ...]
    note: str
    service: str = SYSTEM


@dataclass(frozen=True)
class Present:
    """Who of a role's people answered, and how long ago; ``silent`` are those who did not."""

    role: str
    answered: tuple[str, ...]
    silent: tuple[str, ...]


class Standby:
    """The team of the deployment."""

    def __init__(self, target: Target, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.target, self._root, self._now = target, root, now

    def on_duty(self) -> tuple[OnDuty, ...]:
        """Each role, from now on for the target's hours; one that nobody holds is there too."""
        client = PagerDutyClient(self.target, ITEM)
        settings, since = self._settings, self._now().replace(microsecond=0)
        until = since + timedelta(hours=settings.hours)
        calls = client.on_duty(settings.roles.values(), since, until)

        def of(role: str, schedule: str) -> OnDuty:
            held = [each for each in calls if each.schedule == schedule]
            people = tuple(sorted({each.user for each in held}))
            uncovered = tuple(map(span_words, gaps(held, since, until)[:_SHOWN]))
            return OnDuty(role, schedule, since, until, people, uncovered, client.settings.note)

        return tuple(of(role, schedule) for role, schedule in sorted(settings.roles.items()))

    def present(self, duties: Iterable[OnDuty], stated: Stated) -> tuple[Present, ...]:
        """Each role's people against the roll-call that was stated.

        Raises NoEvidence where it cannot be read, or has answers from after it was signed, StaleEvidence where somebody
        on duty answered too long ago.
        """
        answers = self._answers(stated)
        now, most = self._now(), timedelta(minutes=self._settings.minutes)
        found = []
        for duty in duties:
            there = {user: answers[user] for user in duty.people if user in answers}
            late = sorted(user for user, answer in there.items() if now - answer.at >= most)
            if late:
                words = f"{', '.join(late)} ({duty.role}) answered {self._settings.minutes:g} min ago or earlier"
                raise StaleEvidence(ROLL_CALL, words, hint="take the roll again, then golive attest " + ITEM)
            told = tuple(_words(there[user], now) for user in sorted(there))
            found.append(Present(duty.role, told, tuple(user for user in duty.people if user not in there)))
        return tuple(found)

    def _answers(self, stated: Stated) -> dict[str, Answer]:
        """Everybody's latest answer."""
        path = self._root / str(required(self.target.evidence, "evidence", ITEM).roll_call)
        try:
            roll = roll_call.read(path)
        except BadInput as error:
            raise NoEvidence(ROLL_CALL, f"the roll-call cannot be read: {error}") from None
        after = sorted({each.user for each in roll.answers if each.at > stated.signed_at})
        if after:
            words = f"{', '.join(after)} answered after {stated.file} was signed, at {stated.signed_at:%H:%M} UTC"
            raise NoEvidence(ROLL_CALL, words, hint="sign the roll-call once it is complete")
        return {each.user: each for each in sorted(roll.answers, key=lambda each: each.at)}

    @property
    def _settings(self) -> Settings:
        described = required(self.target.pagerduty, "pagerduty", ITEM)
        return required(described.standby, "pagerduty.standby", ITEM)


def _words(answer: Answer, now: datetime) -> str:
    by = f" by {answer.by}" if answer.by else ""
    return f"{answer.user}: {(now - answer.at).total_seconds() / 60:.0f} min ago{by}"
