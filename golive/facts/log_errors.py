"""Errors in the platform's logs: each service's rate against a baseline, and kinds of errors that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from golive.clients.log_store import SYSTEM, ServiceLog, Span
from golive.errors import TooLittleData
from golive.facts.log_watch import ITEM, LEAST_BLOCKS, NAME
from golive.load.window import Window
from golive.stats.rates import Counted, RateResult, RateVerdict, compare_rates, usual_counts
from golive.target import Target
from golive.target.needed import required

AS_USUAL, ABOVE, UNDECIDED = "as usual", "above the baseline", "undecided"
MOST_PATTERNS = 50
_VERDICTS = {RateVerdict.ABOVE: ABOVE, RateVerdict.NOT_ABOVE: AS_USUAL}


@dataclass(frozen=True)
class LogBaseline:
    """What the window is compared with. ``note`` is the target's word on it."""

    began: datetime
    ended: datetime
    seconds: float
    records: int
    errors: int
    note: str


@dataclass(frozen=True)
class ServiceErrors:
    """One service's errors. ``verdict`` is ``as usual``, ``above the baseline`` or ``undecided``, and ``why``.

    Rates are errors a second. ``low`` and ``high`` bound the ratio of the window's rate to the baseline's, each wrong
    with a probability of 5 %; None where nothing bounds it. ``block_errors`` are counts of consecutive blocks of the
    window, ``usual_low`` and ``usual_high`` what 95 % of blocks hold at the baseline's rate.
    """

    service: str
    verdict: str
    why: str
    records: int
    errors: int
    rate: float
    baseline_errors: int
    baseline_rate: float
    ratio: float | None
    low: float | None
    high: float | None
    tolerated: float
    overdispersion: float
    block_seconds: float
    block_errors: tuple[int, ...]
    usual_low: float
    usual_high: float


@dataclass(frozen=True)
class ErrorPattern:
    """Errors of one kind in the window: a message without its figures and names.

    ``in_baseline`` counts it there; None where the baseline holds no record of that service.
    """

    service: str
    pattern: str
    in_window: int
    in_baseline: int | None


class LogErrors:
    """What the window's logs say."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the store from being read."""
        self._settings = required(target.logs, "logs", ITEM)
        seen = window.of(NAME)
        self._newest: Mapping[str, float] = seen["newest"]
        self._future: Mapping[str, float] = seen["future"]
        self._window, self._baseline = _Side(seen["window"]), _Side(seen["baseline"])

    @property
    def baseline(self) -> LogBaseline:
        """The time that the window is compared with."""
        span, logs = self._baseline.span, self._baseline.logs.values()
        return LogBaseline(
            datetime.fromtimestamp(span.began, UTC),
            datetime.fromtimestamp(span.ended, UTC),
            round(span.seconds, 1),
            sum(log.records for log in logs),
            sum(sum(log.errors) for log in logs),
            self._settings.baseline_note,
        )

    @property
    def services(self) -> tuple[ServiceErrors, ...]:
        """Every service of the target, with its verdict."""
        return tuple(self._service(name) for name in sorted(self._settings.services))

    @property
    def patterns(self) -> tuple[ErrorPattern, ...]:
        """Kinds of errors in the window: those that the baseline lacks first, then the most frequent; at most 50."""
        found = [
            ErrorPattern(service, pattern, count, self._before(service, pattern))
            for service, patterns in self._window.patterns.items()
            for pattern, count in patterns.items()
        ]
        found.sort(key=lambda each: (each.in_baseline != 0, -each.in_window, each.service))
        return tuple(found[:MOST_PATTERNS])

    def confirm_decided(self, services: Iterable[ServiceErrors], patterns: Iterable[ErrorPattern]) -> None:
        """Raise TooLittleData where nothing is above its baseline or new, and something is undecided."""
        services, unheard = list(services), new(patterns)
        if above(services) or (unheard and self._baseline.complete):
            return
        if unheard:
            words = f"the baseline holds more than {self._settings.max_records} errors, so what is new cannot be told"
            raise TooLittleData(SYSTEM, words, hint="raise logs.max_records, or shorten logs.baseline")
        undecided = [f"{each.service}: {each.why}" for each in services if each.verdict == UNDECIDED]
        if undecided:
            hint = (
                "does the shipper run, and for every service? Is there a history at logs.gap before the window? "
                "Is every level in logs.error_levels or logs.other_levels?"
            )
            raise TooLittleData(SYSTEM, "undecided: " + "; ".join(undecided), hint=hint)
        if not self._window.complete:
            words = f"the window holds more than {self._settings.max_records} errors, which were not all read"
            raise TooLittleData(SYSTEM, words, hint="raise logs.max_records")

    def _before(self, service: str, pattern: str) -> int | None:
        if not self._baseline.log(service).records:
            return None
        return self._baseline.patterns.get(service, {}).get(pattern, 0)

    def _service(self, name: str) -> ServiceErrors:
        here, there = self._window.log(name), self._baseline.log(name)
        judged = compare_rates(
            self._window.counted(name),
            self._baseline.counted(name),
            tolerated=self._settings.tolerated,
            negligible_rate=self._settings.negligible,
        )
        verdict, why = self._decided(name, judged)
        block = self._window.span.seconds / self._window.span.blocks
        low, high = usual_counts(judged.baseline_rate, block, judged.overdispersion)
        return ServiceErrors(
            name, verdict, why,
            here.records, sum(here.errors), round(judged.window_rate, 4),
            sum(there.errors), round(judged.baseline_rate, 4),
            _finite(judged.ratio), _finite(judged.low), _finite(judged.high),
            self._settings.tolerated, round(judged.overdispersion, 2),
            round(block, 2), here.errors, round(low, 2), round(high, 2),
        )  # fmt: skip

    def _decided(self, name: str, judged: RateResult) -> tuple[str, str]:
        """The verdict and its reason; more errors than usual are that, also where not all have arrived."""
        words = f"{judged.window_rate:.3g} errors a second, {judged.baseline_rate:.3g} in the baseline"
        if not self._baseline.log(name).records:
            return UNDECIDED, "no record in the baseline"
        if judged.verdict is RateVerdict.ABOVE:
            return ABOVE, f"{words}: {_times(judged.low)} to {_times(judged.high)} times as many"
        if not self._window.log(name).records:
            return UNDECIDED, "no record in the window"
        missing = self._window.span.ended - self._newest.get(name, 0.0)
        if missing > 0:
            return UNDECIDED, f"its newest record is {missing:.1f} s older than the window's end"
        if unsure := self._ahead(name) or self._unknown_levels(name):
            return UNDECIDED, unsure
        if judged.verdict is RateVerdict.NOT_ABOVE:
            return AS_USUAL, words
        return UNDECIDED, f"{words}: up to {_times(judged.high)} times as many, over {self._settings.tolerated:g}"

    def _ahead(self, name: str) -> str:
        """That a service's clock is ahead by a block or more: as much of the window's end is then left out."""
        seconds = self._future.get(name, 0.0)
        return f"its newest record is of {seconds:.1f} s in the future" if seconds > self._settings.block else ""

    def _unknown_levels(self, name: str) -> str:
        """Levels that may be those of errors: in no list of the target, and not usual for the service."""
        known = {each.casefold() for each in self._settings.other_levels}
        usual = {*self._settings.error_levels, *self._baseline.log(name).levels}
        found = {
            level: count
            for level, count in self._window.log(name).levels.items()
            if level not in usual and level.casefold() not in known
        }
        of = {level: f"of level {level!r}" if level else "without a level" for level in found}
        words = (f"{count} records {of[level]}" for level, count in found.items())
        return f"{', '.join(words)}, in no list of levels and not in its baseline" if found else ""


def above(services: Iterable[ServiceErrors]) -> dict[str, str]:
    """Every service with more errors than its baseline allows, and what was seen."""
    return {each.service: each.why for each in services if each.verdict == ABOVE}


def new(patterns: Iterable[ErrorPattern]) -> dict[str, str]:
    """Every kind of error that the baseline lacks, by service, and how often it came."""
    return {
        f"{each.service}: {each.pattern}": f"{each.in_window} in the window, none in the baseline"
        for each in patterns
        if each.in_baseline == 0
    }


def unusual(services: Iterable[ServiceErrors], patterns: Iterable[ErrorPattern]) -> dict[str, str]:
    """Both together: services above their baseline, and kinds of errors that it lacks."""
    return {**above(services), **new(patterns)}


class _Side:
    """Window or baseline, as the watcher kept it."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.logs = {
            name: ServiceLog(counts[0], tuple(counts[1:]), kept["levels"][name])
            for name, counts in kept["counts"].items()
        }
        blocks = max((len(log.errors) for log in self.logs.values()), default=LEAST_BLOCKS)
        self.span = Span(kept["began"], kept["ended"], blocks)
        self.patterns: Mapping[str, Mapping[str, int]] = kept["patterns"]
        self.complete: bool = kept["complete"]

    def log(self, service: str) -> ServiceLog:
        """What that service logged; nothing, where it is absent."""
        return self.logs.get(service, ServiceLog(0, (0,) * self.span.blocks))

    def counted(self, service: str) -> list[Counted]:
        """Its errors by block; none at all where it logged nothing."""
        found = self.log(service)
        return [Counted(each, self.span.seconds / self.span.blocks) for each in found.errors] if found.records else []


def _finite(value: float) -> float | None:
    """JSON has neither infinity nor nan."""
    return round(value, 3) if -1e9 < value < 1e9 else None  # noqa: PLR2004 - beyond it a ratio says nothing


def _times(value: float) -> str:
    return f"{value:.2g}" if value < 1e9 else "any number of"  # noqa: PLR2004 - as above
