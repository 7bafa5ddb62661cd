"""Operating days of the power markets and their intervals, in UTC: where a day begins, and how many hours it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

HOUR = 3600
"""Seconds in an hour, the interval of day-ahead markets."""


@dataclass(frozen=True)
class Calendar:
    """A market's operating days: from midnight to midnight of ``zone``, the market's own time.

    Moments may be of any zone; naive ones raise ValueError. Moments in answers are in UTC. Days and intervals are
    measured by elapsed time, so a day on which the zone's clocks change has 23 or 25 hours.
    """

    name: str
    zone: tzinfo

    def operating_day(self, moment: datetime) -> date:
        """The day, in market time, that holds the moment."""
        return _utc(moment).astimezone(self.zone).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """The day's start, inclusive, and its end, exclusive."""
        return self._instant(day, time.min), self._instant(day + timedelta(days=1), time.min)

    def intervals(self, day: date, seconds: int = HOUR) -> tuple[datetime, ...]:
        """The starts of all the day's intervals of that many seconds, in order.

        Raises ValueError unless ``seconds`` divides 3600.
        """
        step = _step(seconds)
        start, end = self.bounds(day)
        return tuple(start + n * step for n in range((end - start) // step))

    def interval_of(self, moment: datetime, seconds: int = HOUR) -> datetime:
        """The start of the interval of that many seconds that the moment falls into.

        Raises ValueError unless ``seconds`` divides 3600.
        """
        step = _step(seconds)
        start, elapsed = self._elapsed(moment)
        return start + elapsed // step * step

    def hour_ending(self, moment: datetime) -> int:
        """The number of the moment's hour within its operating day, 1 to 25: HE1 is the hour that begins the day.

        Hours are counted as they elapse: HE1 to HE23 on a short day, on which displays by the clock may leave out HE3.
        """
        return self._elapsed(moment)[1] // _step(HOUR) + 1

    def newest_published_day(self, now: datetime, published_at: time) -> date:
        """The newest operating day whose day-ahead results must be out.

        Tomorrow from ``published_at`` on, a time of day in market time; today until then. Raises ValueError where
        ``published_at`` has a zone of its own. Of a time that the clocks show twice, the first counts.
        """
        if published_at.tzinfo is not None:
            raise ValueError(f"published_at is {published_at}; expected market time, with no zone of its own")
        today = self.operating_day(now)
        # Instants, not times of day: where clocks go back, a time of day passes, and then has not passed again.
        published = _utc(now) >= self._instant(today, published_at)
        return today + timedelta(days=int(published))

    def _elapsed(self, moment: datetime) -> tuple[datetime, timedelta]:
        """The start of the moment's operating day, and the time elapsed since."""
        start, _ = self.bounds(self.operating_day(moment))
        return start, _utc(moment) - start

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


MISO = Calendar("MISO", timezone(timedelta(hours=-5), "EST"))
"""Midcontinent ISO. Eastern Standard Time all year (MISO knowledge base, KA-01025): always 24 hours a day.

MISO states some times of day, its day-ahead posting among them, in Eastern prevailing time: in summer those are an hour
earlier by this calendar.
"""

CAISO = Calendar("CAISO", ZoneInfo("America/Los_Angeles"))
"""California ISO. Pacific prevailing time: 23 hours on the day that daylight time begins, 25 on the day it ends."""

CALENDARS: Mapping[str, Calendar] = MappingProxyType({calendar.name: calendar for calendar in (MISO, CAISO)})
"""Every calendar, by its name."""


def missing(expected: Iterable[datetime], found: Iterable[datetime]) -> tuple[datetime, ...]:
    """The expected moments that were not found, each once, sorted, in UTC. Raises ValueError on a naive moment."""
    return tuple(sorted(set(map(_utc, expected)) - set(map(_utc, found))))


def repeated(found: Iterable[datetime]) -> tuple[datetime, ...]:
    """The moments found more than once, each once, sorted, in UTC. Raises ValueError on a naive moment."""
    return tuple(sorted(moment for moment, times in Counter(map(_utc, found)).items() if times > 1))


def _utc(moment: datetime) -> datetime:
    """The moment in UTC, where, unlike within a zone whose clocks go back, different instants are never equal."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no zone; expected an aware moment, such as one in UTC")
    return moment.astimezone(UTC)


def _step(seconds: int) -> timedelta:
    if seconds <= 0 or HOUR % seconds:
        raise ValueError(f"an interval of {seconds} s; expected a length that divides {HOUR} s")
    return timedelta(seconds=seconds)
