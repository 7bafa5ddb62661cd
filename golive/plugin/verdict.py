"""What one stage of a test says: an exception becomes an outcome, a reason code, a message and a hint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.outcomes import OutcomeException

from golive.errors import CannotEstablish, Reason, ResidueLeft
from golive.finding import Outcome


class ItemDeadlinePassed(OutcomeException):
    """Raised by the item's own timer.

    Not an Exception, so that no broad ``except`` of a client swallows it; an outcome exception of pytest's, so that
    pytest finishes tearing down what hung, and the next item does not inherit it.
    """


@dataclass(frozen=True)
class StageVerdict:
    """The verdict of one stage (setup, call, a subtest, teardown) that did not simply succeed."""

    outcome: Outcome
    reason: Reason | None
    message: str
    hint: str = ""

    @property
    def headline(self) -> str:
        """Outcome and reason code."""
        return f"{self.outcome} {self.reason}" if self.reason else str(self.outcome)


def judge(error: pytest.ExceptionInfo[BaseException], test_file: Path) -> StageVerdict:
    """The verdict on an exception that ended a stage.

    An assertion raised in the test's own file is FAIL; a typed client error, direct, in a group or through
    ``__cause__``, is UNKNOWN with its reason; anything else, a library's own assertion included, is a suite error.
    """
    return _judge(error.value, test_file, error.exconly(tryshort=True))


def _judge(error: BaseException, test_file: Path, text: str) -> StageVerdict:
    if isinstance(error, BaseExceptionGroup):
        inner = [_judge(each, test_file, f"{type(each).__name__}: {each}") for each in error.exceptions]
        return max(inner, key=_weight)
    if isinstance(error, ResidueLeft):
        return StageVerdict(Outcome.FAIL, None, f"residue left behind: {error}", "golive clean --target NAME")
    if isinstance(error, pytest.xfail.Exception):
        return StageVerdict(Outcome.UNKNOWN, Reason.NOT_RUN, f"xfail: {error.msg}", "remove it: golive has no xfail")
    if isinstance(error, ItemDeadlinePassed):
        return StageVerdict(Outcome.UNKNOWN, Reason.TIMEOUT, str(error), "raise limits.item only if the item needs it")
    if isinstance(error, AssertionError | pytest.fail.Exception) and _raised_in(error) == test_file:
        return StageVerdict(Outcome.FAIL, None, text)
    if isinstance(error, pytest.skip.Exception):
        return StageVerdict(
            Outcome.UNKNOWN, Reason.NOT_RUN, f"skipped: {error.msg}", "a skip decides nothing; remove it"
        )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, CannotEstablish):
            return StageVerdict(Outcome.UNKNOWN, cause.reason, str(cause), cause.hint)
        cause = cause.__cause__
    return StageVerdict(
        Outcome.UNKNOWN, Reason.SUITE_ERROR, text, "the suite itself went wrong: see the traceback in the report"
    )


def _weight(verdict: StageVerdict) -> int:
    """A FAIL decides a group; among several UNKNOWNs a named reason says more than an error of the suite's own."""
    return 2 if verdict.outcome is Outcome.FAIL else int(verdict.reason is not Reason.SUITE_ERROR)


def _raised_in(error: BaseException) -> Path | None:
    """The file whose frame raised, not counting pytest's own (``pytest.fail`` raises inside pytest)."""
    own = Path(pytest.__file__).parent.parent / "_pytest"
    path = None
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if own not in file.parents:
            path = file
        trace = trace.tb_next
    return path
