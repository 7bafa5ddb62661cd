"""The pytest plugin: inert where no ini setting names a checklist, otherwise a checklist run.

Options, markers and collection are pytest's own idiom; ``run`` holds the state, ``selection`` what must be decided,
``systems`` what is brought up, ``judging`` what each test found, ``recording`` what follows from it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import IO, cast

import pytest

from golive import fixtures
from golive.errors import BadInput
from golive.plugin import misspelled, nouns, selection, systems
from golive.plugin.assertions import AssertionCount
from golive.plugin.judging import Gatekeeper, Judge, Protocol
from golive.plugin.lines import Lines
from golive.plugin.recording import Recorder
from golive.plugin.redaction import Redaction, guard_streams
from golive.plugin.run import RUN, Run, begin, hand_over
from golive.plugin.stated import read_statements
from golive.progress import Board
from golive.provider import Provider

__all__ = ["RUN"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add golive's options."""
    group = parser.getgroup("golive", "production checklist")
    group.addoption("--target", dest="golive_target", default="lab", metavar="NAME", help="target to look at: targets/NAME.toml (default: lab)")  # fmt: skip  # noqa: E501
    group.addoption("--release", dest="golive_release", default="", metavar="TAG", help="release tag that is expected to answer (default: the target's)")  # fmt: skip  # noqa: E501
    group.addoption("--reports", dest="golive_reports", default="", metavar="DIR", help="where each run gets a folder (default: reports/)")  # fmt: skip  # noqa: E501
    parser.addini("golive_checklist", "path of checklist.toml; without it the plugin does nothing", default="")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Once every option is known, and before pytest refuses an unknown one: which was meant."""
    result = yield
    if early_config.getini("golive_checklist"):
        misspelled.say_what_was_meant(early_config, parser, args)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read checklist and target, and refuse bad input before anything is started."""
    name = config.getini("golive_checklist")
    config.addinivalue_line("markers", "item(id): the checklist item that this test decides")
    if not name:
        selection.check_there_is_a_checklist(config)
        return
    try:
        run = begin(config, config.rootpath / name)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None
    if not run.target_file.target.provider and not run.is_worker:
        _read_statements(run)
    config.stash[RUN] = run
    for marker, meaning in run.checklist.markers.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    config.pluginmanager.register(nouns, "golive-nouns")
    config.pluginmanager.register(fixtures, "golive-fixtures")
    judge = Judge(run)
    config.pluginmanager.register(judge, "golive-judge")
    config.pluginmanager.register(Protocol(judge), "golive-protocol")
    config.pluginmanager.register(Gatekeeper(run), "golive-gatekeeper")
    config.pluginmanager.register(Redaction(run.redactor), "golive-redaction")
    if run.is_worker:
        _die_with_parent()
        return
    selection.check_expression(config.option.markexpr, config)
    config.pluginmanager.register(Recorder(run, config), "golive-recorder")
    config.pluginmanager.register(Lines(run, config), "golive-lines")
    config.pluginmanager.register(Controller(run, config), "golive-controller")
    _install_signal_handlers()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the redactor in front of every stream, once all of them exist."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        guard_streams(session.config, run.redactor)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the claims of the tests before anything is deselected."""
    run = config.stash.get(RUN, None)
    if run is not None:
        selection.claim(run, items)
        run.claims_checked = True
        if run.claims and not config.pluginmanager.has_plugin("golive-assertions"):
            config.pluginmanager.register(AssertionCount(), "golive-assertions")


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show an UNKNOWN and a NOT APPLICABLE as what they are."""
    stage = getattr(report, "golive_stage", None)
    if stage is None or (report.when == "teardown" and stage["outcome"] != "FAIL"):
        return None
    if stage["outcome"] == "UNKNOWN":
        return "unknown", "U", (stage["headline"], {"yellow": True})
    if stage["outcome"] == "NOT APPLICABLE":
        return "not applicable", "-", ("NOT APPLICABLE", {"cyan": True})
    return None


class Controller:
    """What only the controlling process does: collect once, bring systems up once, hand over to workers."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self.run = run
        self.config = config
        self.provider: Provider | None = None
        self.shares_systems = True
        """Whether all workers use what this process brings up; the proofs' workers each need their own."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Tell a worker of xdist which run it belongs to."""
        node.workerinput["golive"] = hand_over(self.run)  # type: ignore[attr-defined] # xdist's node is untyped

    def pytest_report_header(self) -> str:
        """Name target, release and granted levels."""
        target = self.run.target_file.target
        release = self.run.release or "not named (pass --release TAG)"
        levels = ", ".join(sorted(target.levels))
        return f"golive: target {target.name} ({target.title}), release {release}, may {levels}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        """Under xdist, collect here too: clean usage errors, and the tests' systems known before they run."""
        if self._distributes():
            session.perform_collect()
            if session.testsfailed and not self.config.option.continue_on_collection_errors:
                raise session.Interrupted(f"{session.testsfailed} errors during collection")
        return (yield)

    def _distributes(self) -> bool:
        return self.config.pluginmanager.has_plugin("dsession")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        """Fix the required set, and open the record where this run decides something."""
        if self.config.option.collectonly:
            return
        expression = self.config.option.markexpr
        # pytest calls this also after a usage error in collection: then there is nothing to decide.
        if not self.run.claims_checked or not (self.run.claims or expression):
            return
        self.run.required = selection.required(self.run, expression)
        recorder = self.config.pluginmanager.get_plugin("golive-recorder")
        if self.run.required and recorder is not None and recorder.journal is None:
            recorder.open()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Bring up what the selected tests reach."""
        if self.config.option.collectonly or not any(item.nodeid in self.run.claims for item in session.items):
            return
        if self._distributes() and not self.shares_systems:
            return
        title = " ".join((self.run.target_file.target.name, *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])))
        board = Board(title, self._stream())
        try:
            self.provider = systems.bring_up(self.run, session.items, board)
            if self.run.target_file.target.provider:
                _read_statements(self.run)  # a provider says where they are
        except BadInput as error:
            raise pytest.UsageError(str(error)) from None

    def _stream(self) -> IO[str]:
        if self.run.is_worker:
            return sys.stderr
        writer = self.config.get_terminal_writer()
        writer.line()
        return cast("IO[str]", writer._file)

    def pytest_unconfigure(self) -> None:
        """End what this run started."""
        if self.provider is not None:
            self.provider.close()
        # What is alive now lives until exit: looking for garbage among it once more takes half a second.
        gc.freeze()


def _read_statements(run: Run) -> None:
    try:
        read_statements(run)
    except BadInput as error:
        raise pytest.UsageError(run.redactor(str(error))) from None


def _install_signal_handlers() -> None:
    """SIGTERM kills without teardown by default, and a background shell's children ignore SIGINT."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGINT, interrupt)


def _die_with_parent() -> None:
    """A worker whose controller was killed must not go on writing to a target."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, name="golive-parent-watch", daemon=True).start()


def lab_folder_of(config: pytest.Config) -> Path | None:
    """The folder of the lab that this run uses, for the worlds of the proofs; None for other targets."""
    controller = config.pluginmanager.get_plugin("golive-controller")
    folder = getattr(controller.provider, "folder", None) if controller else None
    return Path(folder) if folder else None
