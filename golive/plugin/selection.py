"""Which items a run must decide: claims of tests, the markers that follow from them, and the required set.

The required set comes from the checklist, never from what happened to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from golive.checklist import Checklist, Item
from golive.errors import BadInput
from golive.expression import check_names, meant, names_in
from golive.plugin.run import Run


def check_expression(expression: str, config: pytest.Config) -> None:
    """Raise UsageError for a name in ``-m`` that no marker has."""
    known = {line.split(":")[0].split("(")[0].strip() for line in config.getini("markers")}
    try:
        check_names(expression, known, "pytest --markers")
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None


PHASES = frozenset(
    ("t7d", "t48h", "preflight", "deployment", "smoke", "functional", "performance", "rollout", "postdeploy",
     "rollback", "success", "signoff")
)  # fmt: skip
"""The phases of golive's own checklist, for where there is none to read: a selftest holds them to it."""


def check_there_is_a_checklist(config: pytest.Config) -> None:
    """Refuse what only a checklist run can mean where no checklist is set; anything else is none of golive's business.

    pytest takes its settings from another folder also where ``--reports DIR`` names one that exists: it reads DIR as
    a path of tests while plugins' options are unknown to it.
    """
    ours = [f"--{name}" for name in ("target", "release", "reports") if _given(config, name)]
    try:
        names = names_in(config.option.markexpr)
    except BadInput:
        return  # pytest's to say
    known = {line.split(":")[0].split("(")[0].strip() for line in config.getini("markers")}
    ours += [f"-m {name}" for name in sorted((names & PHASES) - known)]
    if not ours or hasattr(config, "workerinput"):
        return
    settings = config.inipath or f"{config.rootpath}, which has no settings,"
    raise pytest.UsageError(
        f"golive: {', '.join(ours)} is of a checklist, and {settings} sets no golive_checklist\n"
        "    try: run golive inside the folder of your checklist; write --reports=DIR with the equals sign"
    )


def _given(config: pytest.Config, name: str) -> bool:
    arguments = config.invocation_params.args
    return any(str(each) == f"--{name}" or str(each).startswith(f"--{name}=") for each in arguments)


def claim(run: Run, items: Iterable[pytest.Item]) -> None:
    """Note which test claims which item, and give each test the markers of its item.

    Raises UsageError, with file and line, for an orphan test, an unknown or doubly claimed id, or a wrong phase marker.
    """
    folders = {run.root / phase.folder for phase in run.checklist.phases}
    owners: dict[str, str] = {}
    for test in items:
        marks = list(test.iter_markers("item"))
        if not marks:
            if folders & set(test.path.parents):
                raise _wrong(test, "claims no item", 'add @pytest.mark.item("phase.name")')
            continue
        item = _claimed(run.checklist, test, marks)
        function = test.nodeid.split("[")[0]
        if owners.setdefault(item.id, function) != function:
            raise _wrong(test, f"claims {item.id}, which {owners[item.id]} claims already", "one test an item")
        _check_place(run, test, item)
        for marker in sorted(item.markers):
            test.add_marker(marker)
        run.claims[test.nodeid] = item.id
        run.collected_phases.add(item.phase)


def _claimed(checklist: Checklist, test: pytest.Item, marks: list[pytest.Mark]) -> Item:
    if len(marks) > 1 or len(marks[0].args) != 1:
        raise _wrong(test, "must claim exactly one item", '@pytest.mark.item("phase.name")')
    identifier = marks[0].args[0]
    if identifier not in checklist.by_id:
        raise _wrong(
            test, f"claims {identifier!r}, which the checklist does not have", checklist.suggestion(identifier)
        )
    return checklist.by_id[identifier]


def _check_place(run: Run, test: pytest.Item, item: Item) -> None:
    phases = {mark.name for mark in test.iter_markers()} & run.checklist.phase_by_name.keys()
    if phases - {item.phase}:
        wrong = ", ".join(sorted(phases - {item.phase}))
        raise _wrong(test, f"{item.id} belongs to {item.phase}, not to {wrong}", f"pytest.mark.{item.phase}")
    folder = run.checklist.phase_by_name[item.phase].folder
    if run.root / folder not in test.path.parents:
        own = test.path.parent
        seen = f"{own.relative_to(run.root)}/" if own.is_relative_to(run.root) else str(own)
        message = f"{item.id} is of phase {item.phase}, whose tests are in {folder}/ (this one is in {seen})"
        raise _wrong(test, message, f"move the test to {folder}/")


def _wrong(test: pytest.Item, what: str, hint: str) -> pytest.UsageError:
    path, line, name = test.reportinfo()
    return pytest.UsageError(f"{Path(path)}:{(line or 0) + 1}: {name}: {what}\n    try: {hint}")


def required(run: Run, expression: str) -> frozenset[str]:
    """Ids of the items that this run must decide: those ``-m`` means, or without it all of the phases collected."""
    if not expression:
        return frozenset(item.id for item in run.checklist.items if item.phase in run.collected_phases)
    return meant(run.checklist, expression)
