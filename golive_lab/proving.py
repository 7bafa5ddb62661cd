"""The proofs' pytest plugin: runs an item's own test in every bad world that the folder ``proofs`` names for it.

``pytest -p golive_lab.proving -m smoke``: the test function, its fixtures, its limits and the judging are those of
a real run; only the server is changed. Each proof runs the item in its world, compares outcome, reason code and
message exactly, undoes the world, and runs the item again, which must PASS. That PASS is also the one shown
before the next world of the same item. The last one shows it for all worlds of an item that [control] names, and with
``--pass-around`` for those of every item: a world that is not undone shows there, if not in the next one. Where a
proof names a further world ``within`` in which it is shown, that one stands as long as proofs within it follow. Under
xdist (``--dist loadfile``) every worker has a lab of its own and proves whole items in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # the same call pytest makes; it has no public name

from golive.errors import BadInput
from golive.finding import Finding, Outcome, worst
from golive.plugin import RUN, Controller, lab_folder_of
from golive.plugin.judging import Judge
from golive.proofs import FOLDER, Control, Proof, Settings, load, settings
from golive.provider import kept
from golive_lab.control import LabHandle
from golive_lab.laps import Laps, lines
from golive_lab.worlds import WORLDS

WORLD = "golive_world"
"""Name of the fixture by which an item's test becomes its proofs."""
LAPS = "golive_laps"
"""Name of the property of a report that holds the seconds of a proof's steps."""


@pytest.fixture
def golive_world(request: pytest.FixtureRequest) -> Proof:
    """The proof that is being run; a test does not look at it."""
    proof: Proof = request.param
    return proof


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which of the settings' further changes the target is proved under, and how often PASS is shown."""
    group = parser.getgroup("golive")
    words = "run only the proofs under these further settings of proofs/settings.toml, instead of those without any"
    group.addoption("--under", metavar="NAME", default="", help=words)
    words = "show PASS before an item's first world and after its last, and between only where a proof failed"
    group.addoption("--pass-around", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Take the place of the recorder: proofs decide nothing about a release."""
    if RUN not in config.stash:
        return
    run = config.stash[RUN]
    try:
        proofs = load(run.root / FOLDER)
        held = settings(run.root / FOLDER)
        under = _further(held, config.getoption("--under"))
        run.target_file = run.target_file.changed(held.target).changed(under)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None
    named = {name for proof in proofs for name in (proof.world, proof.within) if name}
    unknown = sorted(named - WORLDS.keys())
    if unknown:
        raise pytest.UsageError(f"{FOLDER}/ names worlds that the lab does not have: {', '.join(unknown)}")
    for name in ("golive-recorder", "golive-lines", "golive-protocol"):
        if config.pluginmanager.has_plugin(name):
            config.pluginmanager.unregister(name=name)
    if run.is_worker:
        config.pluginmanager.register(Controller(run, config), "golive-controller")
    chosen = [proof for proof in proofs if proof.under == config.getoption("--under")]
    config.pluginmanager.register(Prover(config, chosen, held.control), "golive-prover")


def _further(held: Settings, name: str) -> Mapping[str, Any]:
    """Raises BadInput for a name that the settings do not have."""
    if name and name not in held.under:
        raise BadInput(f"no [under.{name}] in {FOLDER}/settings.toml", suggestion=f"one of: {', '.join(held.under)}")
    return held.under.get(name, {})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Let each worker have a lab of its own; refuse where all would find the same one kept."""
    controller = config.pluginmanager.get_plugin("golive-controller")
    if controller is None:
        return
    target = config.stash[RUN].target_file.target
    if target.provider and kept(target.provider, target.name, target.provider_options) is not None:
        raise pytest.UsageError(
            "a lab is kept up, which workers would break for each other: prove without -n, or golive lab down first"
        )
    controller.shares_systems = False


class Prover:
    """Runs proofs in place of plain tests, one item and world at a time."""

    def __init__(self, config: pytest.Config, proofs: Iterable[Proof], control: Control) -> None:
        self.config = config
        self.control = control
        self.proofs = list(proofs)
        self.good: set[str] = set()
        """Items whose latest run in the good world was a PASS."""
        self.results: dict[str, bool] = {}
        self.laps: dict[str, dict[str, float]] = {}
        """Of each proof, the seconds of its steps."""
        self.looks = 0
        self.around, self.outer = "", ExitStack()
        """The world that stands around those of several proofs, and what undoes it."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one test of each proof of an item, named by its world."""
        claimed = {argument for mark in metafunc.definition.iter_markers("item") for argument in mark.args}
        proofs = [proof for proof in self.proofs if proof.item in claimed]
        if proofs:
            metafunc.fixturenames.append(WORLD)
            params = [pytest.param(proof, id=proof.world) for proof in proofs]
            metafunc.parametrize(WORLD, params, indirect=True)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave only proofs, known by the names that xdist has given them meanwhile."""
        proofs = {item: proof for item in items if (proof := _proof_of(item))}
        items[:] = proofs
        self.config.stash[RUN].claims.update((item.nodeid, proof.item) for item, proof in proofs.items())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run one proof; its report is one test's."""
        proof = _proof_of(item)
        if proof is None:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        ends_the_run = (KeyboardInterrupt, pytest.exit.Exception)
        laps = Laps()
        call = pytest.CallInfo.from_call(lambda: self._prove(item, nextitem, proof, laps), "call", reraise=ends_the_run)
        report = pytest.TestReport.from_item_and_call(item, call)
        if call.excinfo is not None and call.excinfo.errisinstance(AssertionError):
            report.longrepr = str(call.excinfo.value)
        report.user_properties.append((LAPS, laps.seconds))
        item.session._setupstate.teardown_exact(nextitem)  # where the last run of the item was not reached
        item.ihook.pytest_runtest_logreport(report=report)
        teardown = pytest.TestReport(item.nodeid, item.location, {}, "passed", None, "teardown")
        item.ihook.pytest_runtest_logreport(report=teardown)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _prove(self, item: pytest.Item, nextitem: pytest.Item | None, proof: Proof, laps: Laps) -> None:
        folder = lab_folder_of(self.config)
        if folder is None:
            raise RuntimeError("proofs need a lab of their own: use a target whose provider is the lab")
        lab = LabHandle(folder)
        self._stand_within(proof.within, lab)
        laps("around")
        try:
            self._prove_there(item, nextitem, proof, lab, laps)
        finally:
            following = _proof_of(nextitem) if nextitem else None
            if following is None or following.within != self.around:
                self._stand_within("", lab)
            laps("around")

    def _stand_within(self, world: str, lab: LabHandle) -> None:
        """Enter the world around those of several proofs, and leave the one before it."""
        if world == self.around:
            return
        self.good.clear()
        self.around = ""
        self.outer.close()
        if world:
            self.outer.enter_context(WORLDS[world](lab))
            self.around = world

    def _prove_there(
        self, item: pytest.Item, nextitem: pytest.Item | None, proof: Proof, lab: LabHandle, laps: Laps
    ) -> None:
        if proof.item not in self.good:
            self._expect_pass(item, "before the world")
        self.good.discard(proof.item)
        laps("PASS")
        with WORLDS[proof.world](lab):
            laps("entered")
            found = self._run(item)
            laps("looked")
        laps("undone")
        lab.join()
        laps("joined")
        self._compare(found, proof)
        around = self.config.getoption("--pass-around") or proof.item in self.control.around_all
        if not around or not _continues(nextitem, proof):
            self._expect_pass(item, f"after {proof.world} was undone", nextitem=nextitem)
        self.good.add(proof.item)
        laps("PASS")

    def _run(self, item: pytest.Item, nextitem: pytest.Item | None = None) -> Finding:
        """Run the item's own test once, all stages, and give its finding."""
        self.looks += 1
        self.config.stash[RUN].repetition = f"{os.getpid()}-{self.looks}"
        judge: Judge = self.config.pluginmanager.get_plugin("golive-judge")  # type: ignore[assignment] # registered so
        item._initrequest()  # type: ignore[attr-defined] # fresh function-scoped fixtures, as pytest-rerunfailures does
        with judge.judging(item):
            reports: list[Any] = runtestprotocol(item, nextitem=nextitem or _sibling(item), log=False)
        return worst(Finding.from_json(r.golive_finding) for r in reports if hasattr(r, "golive_finding"))

    def _expect_pass(self, item: pytest.Item, when: str, nextitem: pytest.Item | None = None) -> None:
        found = self._run(item, nextitem)
        if found.outcome is not Outcome.PASS:
            raise AssertionError(f"{found.item} in the good world, {when}:\n  expected PASS\n  {_words(found)}")

    def _compare(self, found: Finding, proof: Proof) -> None:
        right = found.headline == proof.expect and re.search(proof.says, found.message, re.DOTALL)
        if not right:
            wanted = proof.expect + (f", saying /{proof.says}/" if proof.says else "")
            raise AssertionError(
                f"{proof.item} in world {proof.world} ({proof.red_when}):\n  expected {wanted}\n  {_words(found)}"
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count it, whichever process it comes from; say at once why it failed, since the rest may take an hour."""
        if report.when != "call":
            return
        self.results[report.nodeid] = report.passed
        self.laps[report.nodeid] = dict(report.user_properties)[LAPS]  # type: ignore[assignment] # written above
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\n{report.nodeid}\n{report.longreprtext}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many worlds came out as expected."""
        if self.results:
            good = sum(self.results.values())
            for line in lines(self.laps):
                terminalreporter.write_line(line)
            terminalreporter.write_line(f"proofs: {len(self.results)} worlds, {good} as expected")


class _Sibling(pytest.Item):
    def runtest(self) -> None:
        """Never called."""


def _proof_of(item: pytest.Item) -> Proof | None:
    callspec = getattr(item, "callspec", None)
    proof: Proof | None = callspec.params.get(WORLD) if callspec else None
    return proof


def _continues(other: pytest.Item | None, proof: Proof) -> bool:
    """Whether what runs next is a further proof of the same item, within the same world around."""
    further = _proof_of(other) if other else None
    return further is not None and (further.item, further.within) == (proof.item, proof.within)


def _sibling(item: pytest.Item) -> pytest.Item:
    """An item of the same parents, never run: named as the next one, it keeps what the session's fixtures hold."""
    if item.parent is None:
        raise TypeError(f"{item.nodeid} stands in no module")
    sibling: pytest.Item = _Sibling.from_parent(item.parent, name="again")
    return sibling


def _words(found: Finding) -> str:
    return f"found    {found.headline}: {found.message}\n  evidence {[e.fields for e in found.evidence]}"
