"""Who is on call, and who of them is reached. People are known by PagerDuty's own ids, which name nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from golive.clients.pagerduty import SYSTEM, OnCall, PagerDutyClient
from golive.target import Target

ON_CALL, ESCALATION = "documentation.on_call", "documentation.escalation"
Span = tuple[datetime, datetime]
_SHOWN = 5


@dataclass(frozen=True)
class Cover:
    """One level of the escalation policy over the days that are looked at. ``uncovered`` names the first gaps."""

    policy: str
    level: int
    since: datetime
    until: datetime
    people: int
    uncovered: tuple[str, ...]
    note: str
    service: str = SYSTEM


@dataclass(frozen=True)
class Reach:
    """Who is on call at one level now. ``reached``: those who are told of what is urgent soon enough, and how."""

    policy: str
    level: int
    on_call: tuple[str, ...]
    reached: tuple[str, ...]
    note: str
    service: str = SYSTEM


class Rotation:
    """The platform's escalation policy and who is on call by it."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def cover(self) -> tuple[Cover, ...]:
        """Each level, from now on for the target's days; a level that names nobody is there too."""
        client = PagerDutyClient(self.target, ON_CALL)
        settings = client.settings
        since = datetime.now(UTC).replace(microsecond=0)
        until = since + timedelta(days=settings.days)
        levels = client.levels(settings.policy)
        calls = client.on_calls(settings.policy, since, until)

        def of(level: int) -> Cover:
            held = [each for each in calls if each.level == level]
            people = len({each.user for each in held})
            uncovered = tuple(map(span_words, gaps(held, since, until)[:_SHOWN]))
            return Cover(settings.policy, level, since, until, people, uncovered, settings.note)

        return tuple(of(level) for level in range(1, len(levels) + 1))

    def reach(self) -> tuple[Reach, ...]:
        """Each level, and who is reached there now."""
        client = PagerDutyClient(self.target, ESCALATION)
        settings = client.settings
        now = datetime.now(UTC).replace(microsecond=0)
        levels = client.levels(settings.policy)
        touching = client.on_calls(settings.policy, now, now + timedelta(seconds=1))
        calls = [each for each in touching if _holds(each, now)]
        reached = {
            user: sorted(
                f"{each.by.removesuffix('_contact_method')} after {each.after_minutes} min"
                for each in client.notices(user)
                if each.by in settings.reach_by and each.after_minutes <= settings.within_minutes
            )
            for user in sorted({each.user for each in calls})
        }

        def of(level: int) -> Reach:
            users = sorted({each.user for each in calls if each.level == level})
            told = tuple(f"{user}: {', '.join(reached[user])}" for user in users if reached[user])
            return Reach(settings.policy, level, tuple(users), told, settings.note)

        return tuple(of(level) for level in range(1, len(levels) + 1))


def gaps(calls: Iterable[OnCall], since: datetime, until: datetime) -> tuple[Span, ...]:
    """The times between ``since`` and ``until`` at which nobody is on call, the earliest first."""
    spans = sorted((max(each.start or since, since), min(each.end or until, until)) for each in calls)
    found, covered = [], since
    for begin, end in spans:
        if begin > covered:
            found.append((covered, begin))
        covered = max(covered, end)
    return tuple(found if covered >= until else [*found, (covered, until)])


def span_words(span: Span) -> str:
    """From when to when."""
    return f"{span[0].isoformat()} to {span[1].isoformat()}"


def _holds(call: OnCall, now: datetime) -> bool:
    return (call.start is None or call.start <= now) and (call.end is None or call.end > now)
