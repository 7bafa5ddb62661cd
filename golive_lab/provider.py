"""The lab as golive's target provider: attach to a kept lab of the target's name, else start one for this run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from golive.errors import BadInput, LabUnavailable
from golive.provider import Provided, Report
from golive.waiting import Deadline, wait_until
from golive_lab import folders, systems
from golive_lab.configuration import Configuration
from golive_lab.control import LabHandle
from golive_lab.files import read_json
from golive_lab.launching import SupervisorProcess

COMING_UP_SECONDS = 300.0
"""How long to wait for a kept lab that somebody else is bringing up just now."""


class LabProvider:
    """Brings up the lab that a target with ``provider = "lab"`` asks for.

    ``options``: ``configuration``, the name of one of the lab's configurations (default ``reference``).
    """

    def __init__(self, target: str, options: Mapping[str, Any]) -> None:
        """Raises BadInput for an option or a configuration that the lab does not have."""
        unknown = sorted(set(options) - {"configuration"})
        if unknown:
            raise BadInput(f"the lab has no option {', '.join(unknown)}", field="provider_options")
        self.target = target
        try:
            self.configuration = Configuration.load(str(options.get("configuration", "reference")))
        except LookupError as error:
            raise BadInput(str(error), field="provider_options.configuration") from None
        self.folder: Path | None = None
        """The lab's folder, once started; ``LabHandle(folder)`` drives the lab from there."""
        self._own: SupervisorProcess | None = None

    def start(self, systems: frozenset[str], report: Report) -> Provided:
        """Bring up the servers that these systems need, or attach where a kept lab has them.

        Raises BadInput where a kept lab was made otherwise, LabUnavailable where no lab can be had at all.
        """
        kept = self._find_kept()
        return self._attach(kept, systems, report) if kept else self._bring_up(systems, report)

    def kept(self) -> dict[str, Any] | None:
        """The overlay of the kept lab of this target; None where none is up. Raises BadInput as ``start``."""
        kept = self._find_kept()
        return read_json(kept.path / folders.OVERLAY) if kept else None

    def remedy(self, field: str) -> str:
        """How a kept lab that was brought up without a cluster gets its files; empty for any other field."""
        needed = systems.SYSTEMS.get(field.partition(".")[0], frozenset())
        return "" if needed.isdisjoint(systems.CLUSTER) else _with_cluster(self.target)

    def close(self) -> None:
        """End the lab that ``start`` began and wait until it is gone; a kept one stays."""
        if self._own is not None:
            self._own.end()
            self._own = None

    def _bring_up(self, wanted: frozenset[str], report: Report) -> Provided:
        names = systems.services_of(wanted)
        self.folder = folders.new_folder()
        self._own = SupervisorProcess(self.folder, self.configuration, names)
        try:
            failed = self._own.follow(report)
        except BaseException:  # also an interrupt from the keyboard: nothing may stay behind
            self.close()
            raise
        overlay = LabHandle(self.folder).overlay()
        failed = {name: f"failed: {words}" for name, words in failed.items()}
        hint = f"golive lab up --name {self.target} brings one up to stay, and shows the end of the log of what failed"
        return Provided(overlay, systems.failed_systems(wanted, failed), hint=hint)

    def _find_kept(self) -> folders.Kept | None:
        kept = folders.find_kept(self.target)
        if kept is not None and kept.digest != self.configuration.digest:
            raise BadInput(
                f"a lab named {kept.name!r} is kept up, made from another configuration ({kept.configuration!r} as it "
                f"was then) than this target needs ({self.configuration.name!r})",
                suggestion=f"golive lab down --name {kept.name}, then run again (or golive lab up --name {kept.name})",
            )
        return kept

    def _attach(self, kept: folders.Kept, wanted: frozenset[str], report: Report) -> Provided:
        self.folder = kept.path
        handle = LabHandle(kept.path)
        deadline = Deadline("lab", "the kept lab's coming up", COMING_UP_SECONDS)
        overlay = wait_until(lambda: _overlay_of(kept), deadline, interval=0.2)
        services = handle.status()["services"]
        failed = {}
        for name in systems.services_of(wanted):
            table = services.get(name, {"state": "absent", "words": _why_absent(name, kept.name)})
            if table["state"] == "ready":
                report(name, "ready", "kept")
                continue
            words = f"{table['state']} in the kept lab" + (f": {table['words']}" if table["words"] else "")
            report(name, "failed", words)
            # A server that was up and is now dead, stopped or frozen is for the clients to find, as on any platform.
            if table["state"] in {"absent", "failed"}:
                failed[name] = words
        note = f"attached to the lab kept as {kept.name!r} since {time.strftime('%H:%M', time.localtime(kept.started))}"
        hint = f"golive lab status --name {kept.name}; logs of its servers: {kept.path / 'logs'}"
        return Provided(overlay, systems.failed_systems(wanted, failed), note, hint)


def _why_absent(name: str, lab: str) -> str:
    """Why a kept lab has no such server."""
    return f"brought up without it; {_with_cluster(lab)}" if name in systems.CLUSTER else "brought up without it"


def _with_cluster(lab: str) -> str:
    return f"golive lab build, then golive lab down --name {lab} and golive lab up --name {lab}"


def _overlay_of(kept: folders.Kept) -> tuple[dict[str, Any] | None, str]:
    if not kept.alive:
        raise LabUnavailable("lab", f"the kept lab {kept.name!r} ended while it came up")
    return read_json(kept.path / folders.OVERLAY), "its servers are still starting"
