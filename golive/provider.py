"""Target providers: whoever brings a target's systems up for a run. Found by entry point, never imported.

An installed package offers one under the entry point group ``golive.providers``; a target names it with
``provider = "NAME"``. The lab is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Protocol

from golive.errors import BadInput

GROUP = "golive.providers"

Report = Callable[[str, str, str], None]
"""``report(service, state, words)``; state is one of waiting, preparing, starting, ready, failed."""


@dataclass(frozen=True)
class Provided:
    """What a provider brought up.

    ``overlay`` holds addresses, ports, the CA and secret files, nested as in a target file; ``failed`` names
    each system that could not be brought up, with the reason in words; ``note`` is shown in the report; ``hint`` says
    where to look at what failed.
    """

    overlay: Mapping[str, Any]
    failed: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    hint: str = ""


class Provider(Protocol):
    """Brings up systems for one run; everything it started ends with ``close`` or with this process."""

    def start(self, systems: frozenset[str], report: Report) -> Provided:
        """Bring up the named systems (the target's table names) and return when each is ready or has failed."""

    def kept(self) -> Mapping[str, Any] | None:
        """The overlay of systems that are kept up for this target outside any run; None where there are none."""

    def remedy(self, field: str) -> str:
        """What makes a secret of a field that ``kept`` names and that is not there; empty where that is not known."""

    def close(self) -> None:
        """End what ``start`` began; what was only attached to stays."""


def load(name: str, target: str, options: Mapping[str, Any]) -> Provider:
    """The provider of that name for the named target.

    Raises BadInput when no installed package offers it, naming those that are offered.
    """
    offered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none; install golive with its lab: pip install -e '.[lab]'"
        raise BadInput(f"no installed target provider {name!r}", field="provider", suggestion=f"one of: {known}")
    factory: Callable[..., Provider] = offered[name].load()
    return factory(target=target, options=options)


def kept(name: str, target: str, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The overlay of what that provider keeps up for the target; None where it keeps nothing. Raises as ``load``."""
    return load(name, target, options).kept()


def remedy(name: str, target: str, options: Mapping[str, Any], field: str) -> str:
    """What makes a secret that this provider's kept overlay names and that is not there. Raises as ``load``."""
    return load(name, target, options).remedy(field)
