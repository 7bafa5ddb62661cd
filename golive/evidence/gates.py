"""Named gates: which items must hold before what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from golive.checklist import Checklist
from golive.errors import BadInput
from golive.nearest import did_you_mean

WHOLE = "whole"


@dataclass(frozen=True)
class Gate:
    """A set of items by phases and single ids; ``signed``: whether the four signatures belong to it."""

    title: str
    phases: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    signed: bool = False

    @property
    def begins(self) -> str:
        """The phase that is looked at first."""
        return self.phases[0] if self.phases else "smoke"


_TEN, _FIFTY = ("rollout.traffic_10", "rollout.monitor_10"), ("rollout.traffic_50", "rollout.monitor_50")
_LAST = ("rollout.traffic_100", "rollout.old_version_retired")
_MEASURED = ("functional", "performance")

GATES: Mapping[str, Gate] = {
    "pre-deploy": Gate("before the deployment", ("t7d", "t48h", "preflight")),
    "deployed": Gate("after the deployment", ("deployment", "smoke")),
    "promote-10": Gate("before a tenth of the traffic moves", _MEASURED),
    "promote-50": Gate("before half of the traffic moves", _MEASURED, _TEN),
    "promote-100": Gate("before all traffic moves", _MEASURED, (*_TEN, *_FIFTY)),
    "close": Gate("before the release is closed", ("postdeploy", "success", "signoff"), _LAST, signed=True),
    WHOLE: Gate("the whole checklist", signed=True),
}


def named(name: str) -> Gate:
    """The gate of that name. Raises BadInput for an unknown one."""
    if name not in GATES:
        hint = f"{did_you_mean(name, GATES)} one of: {', '.join(GATES)}".strip()
        raise BadInput(f"unknown gate {name!r}", field="--gate", suggestion=hint)
    return GATES[name]


def required(name: str, checklist: Checklist) -> tuple[str, ...]:
    """The items of a gate, in the order of the day, from the checklist alone. Raises BadInput for an unknown name."""
    gate = named(name)
    return tuple(
        item.id for item in checklist.items if name == WHOLE or item.phase in gate.phases or item.id in gate.items
    )
