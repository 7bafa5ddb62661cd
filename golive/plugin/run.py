"""One run: its target, checklist, redactor and folder; shared by all parts of the plugin through ``config.stash``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from golive import checklist as checklists
from golive.checklist import Checklist
from golive.errors import BadInput, BadInputs
from golive.evidence.statements import Signed, Waiver
from golive.redact import Redactor
from golive.residue import RunId
from golive.target import Target
from golive.target.load import TargetFile, find, secrets_of
from golive.wholefile import write_whole

SYSTEMS_FILE = "systems.json"


@dataclass
class Run:
    """What the plugin knows of this run. ``is_worker``: this process is one of xdist's workers."""

    checklist: Checklist
    checklist_file: Path
    target_file: TargetFile
    release: str
    run_id: RunId
    folder: Path
    is_worker: bool
    redactor: Redactor
    started: datetime
    required: frozenset[str] = frozenset()
    claims: dict[str, str] = field(default_factory=dict)
    """Item id under the node id of each collected test that claims it."""
    claims_checked: bool = False
    collected_phases: set[str] = field(default_factory=set)
    _target: Target | None = None
    failed_systems: Mapping[str, str] = field(default_factory=dict)
    systems_note: str = ""
    systems_hint: str = ""
    """Where to look at what failed."""
    waivers: Sequence[Signed[Waiver]] = ()
    roles_sha256: str = ""
    repetition: str = ""
    """Tells one look at an item from the next where a run looks several times, as proofs do."""

    @property
    def shared(self) -> Path:
        """Folder of what is done once a run, whichever worker does it."""
        return self.folder / "shared" / self.repetition

    @property
    def root(self) -> Path:
        """The folder that holds checklist.toml."""
        return self.checklist_file.parent

    def target(self) -> Target:
        """The target as this run reaches it: the file's, with the provider's addresses over it."""
        if self._target is None:
            self.adopt(self._systems())
        return cast("Target", self._target)  # adopt has set it

    def adopt(self, systems: Mapping[str, Any]) -> None:
        """Take over what a provider brought up, and let the redactor know the secrets of it."""
        self._target = self.target_file.with_overlay(systems.get("overlay", {}))
        self.failed_systems = systems.get("failed", {})
        self.systems_note = systems.get("note", "")
        self.systems_hint = systems.get("hint", "")
        self.redactor.add(secrets_of(self._target))

    def publish(self, systems: Mapping[str, Any]) -> None:
        """Write what was brought up where the workers find it; what a worker brings up is its own."""
        if not self.is_worker:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / SYSTEMS_FILE, json.dumps(systems, indent=2))
        self.adopt(systems)

    def _systems(self) -> dict[str, Any]:
        path = self.folder / SYSTEMS_FILE
        if self.is_worker and path.exists():
            systems: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return systems
        return {}


RUN = pytest.StashKey[Run]()


def begin(config: pytest.Config, checklist_file: Path) -> Run:
    """Read everything that the user wrote, before anything is started. Raises BadInput for what is wrong in it."""
    handed_over: Mapping[str, Any] = getattr(config, "workerinput", {}).get("golive", {})
    checklist = checklists.load(checklist_file)
    target_file = find(config.getoption("golive_target"), checklist_file.parent / "targets")
    _check_not_applicable(target_file, checklist)
    if not target_file.target.provider and not config.option.collectonly and not handed_over:
        missing = [*target_file.missing_authorities(), *target_file.missing_secrets()]
        if missing:
            raise BadInputs(missing)
    started = datetime.now(UTC)
    run_id = RunId.parse(handed_over["run"]) if handed_over else RunId.make()
    base = Path(config.getoption("golive_reports") or checklist_file.parent / "reports")
    name = f"{started:%Y%m%dT%H%M%SZ}-{target_file.target.name}-{os.getpid()}"
    return Run(
        checklist=checklist,
        checklist_file=checklist_file,
        target_file=target_file,
        release=config.getoption("golive_release") or target_file.target.release,
        run_id=run_id,
        folder=Path(handed_over["folder"]) if handed_over else base / name,
        is_worker=bool(handed_over),
        redactor=Redactor(secrets_of(target_file.target)),
        started=started,
    )


def hand_over(run: Run) -> dict[str, str]:
    """What a worker needs to take part in the run."""
    return {"run": str(run.run_id), "folder": str(run.folder)}


def _check_not_applicable(target_file: TargetFile, checklist: Checklist) -> None:
    for identifier in target_file.target.not_applicable:
        item = checklist.by_id.get(identifier)
        if item is None or not item.not_applicable:
            why = "is not an item of the checklist" if item is None else "may not be declared NOT APPLICABLE"
            raise BadInput(
                f"{identifier!r} {why}",
                file=target_file.path,
                field=f"not_applicable.{identifier}",
                suggestion=checklist.suggestion(identifier)
                if item is None
                else "remove it; the item has to be looked at",
            )
