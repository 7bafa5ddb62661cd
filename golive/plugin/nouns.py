"""The fixtures that every test may name besides the systems' own: target, release, run and evidence."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from golive.facts.recent import Recent
from golive.plugin.judging import STATE, ItemState
from golive.plugin.run import RUN
from golive.progress import MovingLine
from golive.residue import RunId
from golive.target import Target


@dataclass(frozen=True)
class Release:
    """The release that this run is about; ``tag`` is empty where neither ``--release`` nor the target names one."""

    tag: str


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Target:
    """The target, with the addresses at which this run reaches it."""
    return pytestconfig.stash[RUN].target()


@pytest.fixture(scope="session")
def release(pytestconfig: pytest.Config) -> Release:
    """The release that is expected to answer."""
    return Release(pytestconfig.stash[RUN].release)


@pytest.fixture(scope="session")
def project_folder(pytestconfig: pytest.Config) -> Path:
    """The folder of checklist.toml, from which documents and the evidence folder are named."""
    return pytestconfig.stash[RUN].root


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> RunId:
    """The run's identity: what the suite writes carries it, so that it can be told apart and removed."""
    return pytestconfig.stash[RUN].run_id


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path:
    """Where this run keeps screenshots: a folder beside the record, made by whoever puts the first one there."""
    return pytestconfig.stash[RUN].folder / "pictures"


@pytest.fixture(scope="session")
def recent(pytestconfig: pytest.Config) -> Recent:
    """What items of this run look at together; another repetition looks anew."""
    run = pytestconfig.stash[RUN]
    return Recent(repetition=lambda: run.repetition)


@pytest.fixture
def shared(pytestconfig: pytest.Config) -> Path:
    """The folder of what is done once a run, whichever worker does it."""
    return pytestconfig.stash[RUN].shared


@pytest.fixture
def wanted(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> frozenset[str]:
    """Every fixture that the tests of this run name: what is done once a run, is done for all of them."""
    alone = pytestconfig.stash[RUN].repetition != ""
    items = [request.node] if alone else request.session.items
    return frozenset(name for item in items for name in getattr(item, "fixturenames", ()))


@pytest.fixture
def progress(pytestconfig: pytest.Config) -> MovingLine:
    """Shows what a long look is doing, while pytest captures everything else."""
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    stream = sys.stderr if reporter is None else reporter._tw._file
    return MovingLine(stream, capture.global_and_fixture_disabled if capture else nullcontext)


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> ItemState:
    """Where a test puts the facts that it looked at: ``evidence.add(fact, ...)``."""
    state: ItemState = request.node.stash[STATE]
    return state
