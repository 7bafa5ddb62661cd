"""A latency's verdict in words, and when it is none: the same for requests and for the stream's deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from golive.errors import TooLittleData
from golive.stats.quantile import QuantileResult
from golive.stats.verdict import Verdict

MORE_LOAD = "lengthen load.window, raise load.rate within what the platform may be asked for, or look again"
BETTER_LOAD = "load again on a quieter machine or by more load.processes; docs/load.md says what each objection means"
"""What to do where too little was asked, and where something speaks against the measurement itself."""
UNDER, OVER, UNDECIDED = "under the limit", "over the limit", "undecided"


def decided(judged: QuantileResult, against_pass: Iterable[str], against_fail: Iterable[str]) -> tuple[str, str]:
    """The verdict in words, and why; what speaks against the measurement itself leaves it open."""
    objections = {Verdict.PASS: tuple(against_pass), Verdict.FAIL: tuple(against_fail)}.get(judged.verdict, ())
    if objections:
        return UNDECIDED, "; ".join(objections)
    return {Verdict.PASS: UNDER, Verdict.FAIL: OVER}.get(judged.verdict, UNDECIDED), judged.why


def confirm_decided(system: str, facts: Mapping[str, tuple[str, str, int | None]], hint: str) -> None:
    """Raise TooLittleData, with that hint, where nothing is over its limit and something is undecided.

    ``facts``: verdict, why, and how many more would decide it, by what was looked at.
    """
    if any(verdict == OVER for verdict, _, _ in facts.values()):
        return
    undecided = [
        f"{name}: {why}" + (f"; about {needed:,} more would decide it" if needed else "")
        for name, (verdict, why, needed) in facts.items()
        if verdict == UNDECIDED
    ]
    if undecided:
        raise TooLittleData(system, "undecided: " + "; ".join(undecided), hint=hint)
