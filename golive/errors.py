"""Why something could not be established, as one closed list of reasons and typed errors.

An assertion that fails in a test file is a FAIL. Everything in this module is the other case: the suite
could not look, so the outcome is UNKNOWN with the error's reason code. Clients raise these and nothing
else; the plugin maps them (also inside groups and through ``__cause__``) to findings.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import ClassVar


class Reason(StrEnum):
    """Every reason code that an UNKNOWN may carry; nothing outside this list is ever reported."""

    # reaching the system
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    CREDENTIALS = "credentials"
    PROTOCOL = "protocol"
    INTERRUPTED = "interrupted"
    WORKER_LOST = "worker_lost"
    # establishing the fact
    NOT_IMPLEMENTED = "not_implemented"
    NOT_RUN = "not_run"
    LEVEL_NOT_GRANTED = "level_not_granted"
    NO_EVIDENCE = "no_evidence"
    STALE_EVIDENCE = "stale_evidence"
    TOO_LITTLE_DATA = "too_little_data"
    WRONG_VERSION = "wrong_version"
    LAB_UNAVAILABLE = "lab_unavailable"
    SUITE_ERROR = "suite_error"


class GoliveError(Exception):
    """Base of every error that golive raises on purpose."""


class CannotEstablish(GoliveError):
    """The suite could not look. ``reason`` says why; ``system`` names what was asked; ``hint`` what to do next."""

    reason: ClassVar[Reason] = Reason.SUITE_ERROR

    def __init__(self, system: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{system}: {message}")
        self.system = system
        self.message = message
        self.hint = hint


class Unreachable(CannotEstablish):
    """Connection refused, no route, no such name, or reset before an answer."""

    reason = Reason.UNREACHABLE


class TimedOut(CannotEstablish):
    """A named deadline passed; the message says which, how long it was and the last state seen."""

    reason = Reason.TIMEOUT


class TlsFailed(CannotEstablish):
    """The TLS handshake failed: untrusted issuer, wrong name, expired, or no common version."""

    reason = Reason.TLS


class CredentialsRefused(CannotEstablish):
    """The system answered and refused the suite's own credentials or permissions."""

    reason = Reason.CREDENTIALS


class ProtocolBroken(CannotEstablish):
    """The system answered something that is not its protocol, or cut the answer short."""

    reason = Reason.PROTOCOL


class LevelNotGranted(CannotEstablish):
    """The target does not grant a level that the item needs."""

    reason = Reason.LEVEL_NOT_GRANTED


class TooLittleData(CannotEstablish):
    """There was an answer, but not enough of it to decide."""

    reason = Reason.TOO_LITTLE_DATA


class NotDescribed(CannotEstablish):
    """The target does not say what the item would have to look at."""

    reason = Reason.NO_EVIDENCE


class NoEvidence(CannotEstablish):
    """What could show it may not be done here, and nothing signed stands for it."""

    reason = Reason.NO_EVIDENCE


class StaleEvidence(CannotEstablish):
    """What was stated or measured no longer counts: expired, of another release, or its document changed."""

    reason = Reason.STALE_EVIDENCE


class WrongVersion(CannotEstablish):
    """Another release than the expected one answered, so its answers say nothing about this one."""

    reason = Reason.WRONG_VERSION


class Interrupted(CannotEstablish):
    """What was under way was ended from outside before its planned end."""

    reason = Reason.INTERRUPTED


class LabUnavailable(CannotEstablish):
    """The lab (or another target provider) could not bring up a system that the item needs."""

    reason = Reason.LAB_UNAVAILABLE


class NotApplicable(GoliveError):
    """The item does not apply: the target declares so, or what was seen shows it. Only items that may be so say it."""


class ResidueLeft(GoliveError):
    """Something the suite wrote could not be removed; a FAIL of the item that wrote it, and said so."""


class BadInput(GoliveError):
    """A file or argument of the user's is wrong. Shown as one screen, before anything is started.

    ``line`` is 1-based, or 0 where no line can be named; ``field`` is a dotted path.
    """

    def __init__(
        self, message: str, *, file: Path | str = "", line: int = 0, field: str = "", suggestion: str = ""
    ) -> None:
        self.message, self.file, self.line, self.field, self.suggestion = message, str(file), line, field, suggestion
        super().__init__(self.render())

    def render(self) -> str:
        """The message as shown: ``file:line: field: message`` and the suggestion on a line of its own."""
        return f"{self.head}\n    try: {self.suggestion}" if self.suggestion else self.head

    @property
    def head(self) -> str:
        """The message without the suggestion."""
        file = _short(self.file)
        where = f"{file}:{self.line}" if file and self.line else file
        return ": ".join(part for part in (where, self.field, self.message) if part)


def _short(file: str) -> str:
    """The path as the user would type it: below the working folder without that folder."""
    try:
        return str(Path(file).relative_to(Path.cwd())) if file else ""
    except ValueError:
        return file


class BadInputs(BadInput):
    """Several wrong places at once, a line each; what neighbours suggest alike is said once, below them."""

    def __init__(self, problems: list[BadInput]) -> None:
        self.problems = problems
        below = [problem.suggestion for problem in problems[1:]] + [""]
        super().__init__(
            "\n".join(
                problem.head if problem.suggestion == following else problem.render()
                for problem, following in zip(problems, below, strict=True)
            )
        )
