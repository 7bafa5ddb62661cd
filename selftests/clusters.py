"""Kept labs with a cluster, for selftests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from golive_lab import folders
from golive_lab.configuration import Configuration
from golive_lab.context import cache_folder
from golive_lab.kubernetes import programs
from golive_lab.kubernetes.deploying import Site
from golive_lab.launching import Keep, SupervisorProcess
from golive_lab.systems import services_of

built = pytest.mark.skipif(
    programs.found(cache_folder()) is None, reason="Kubernetes' programs are not built: golive lab build"
)


@contextmanager
def kept_lab(state: Path, *systems: str) -> Iterator[Site]:
    """A kept lab of the variant's names, with a cluster, these systems, and no more than they need.

    What names kept labs finds it while it is up: ``state`` is the environment's XDG_STATE_HOME until then.
    """
    configuration, folder = Configuration.load("variant"), folders.new_folder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        services = services_of(frozenset({"cluster", *systems}))
        supervisor = SupervisorProcess(folder, configuration, services, Keep("variant", idle_hours=1))
        try:
            assert supervisor.follow(lambda *_: None) == {}
            yield Site(folder, configuration, programs.needed(cache_folder()))
        finally:
            supervisor.end()
