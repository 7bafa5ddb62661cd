"""Which release answered, against the one that this run is about."""

from __future__ import annotations

from collections.abc import Iterable

from golive.errors import WrongVersion


def expected_tag(tag: str, system: str) -> str:
    """The tag itself. Raises WrongVersion where none is named: an empty one matches nothing, and proves nothing."""
    if not tag:
        raise WrongVersion(
            system, "no release is named, so no answer can be told to be its own", hint="pass --release TAG"
        )
    return tag


def confirm(system: str, versions: Iterable[str], tag: str) -> None:
    """Raise WrongVersion unless every one of these versions is the expected release's."""
    expected_tag(tag, system)
    others = sorted(set(versions) - {tag})
    if others:
        raise WrongVersion(
            system,
            f"{', '.join(map(repr, others))} answered; expected {tag!r}",
            hint="is traffic still on the earlier release? Ask the candidate's own address, or pass --release",
        )
