"""What the lab's containers are said to have used, of real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil

from golive.waiting import Deadline, wait_until
from golive_lab.container_metrics.containers import Container, Containers, Limit


def test_what_a_killed_process_held_last_is_what_it_is_taken_to_have_been_killed_for() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = psutil.Process(child.pid)
    container = Container(Limit(cores=1, memory=1), child.pid, process.create_time())
    try:
        container.look()
        held = container.memory
        child.kill()
        wait_until(
            lambda: (process.status() == psutil.STATUS_ZOMBIE or None, process.status()),
            Deadline("child", "its end", 5),
        )
        container.look()
        assert (container.running, container.memory) == (False, held)
        assert held > 0
    finally:
        child.kill()
        child.wait()
    container.is_now(1, 0.0)
    assert (container.restarts, container.oom_kills) == (1, 1)


def test_what_is_throttled_is_kept_from_running_and_goes_on_afterwards(tmp_path: Path) -> None:
    state, name = tmp_path / "state.json", "prices"
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = psutil.Process(child.pid)
    state.write_text(json.dumps({"processes": {name: (child.pid, process.create_time())}}))
    held_back = [name]
    containers = Containers(state, {name: Limit(cores=1, memory=1)}, lambda: held_back)
    try:
        with containers.watched():
            seen = Deadline("child", "to be stopped and counted", 5)
            wait_until(
                lambda: (process.status() == psutil.STATUS_STOPPED or None, process.status()), seen, interval=0.01
            )
            wait_until(lambda: (containers.now()[name].throttled or None, str(containers.now())), seen, interval=0.01)
            assert containers.now()[name].throttled < containers.now()[name].periods
            held_back.clear()
            before = _after_periods(containers, name, 3)
            assert _after_periods(containers, name, 5).throttled == before.throttled
        assert process.status() != psutil.STATUS_STOPPED
    finally:
        child.kill()
        child.wait()


def _after_periods(containers: Containers, name: str, periods: int) -> Container:
    """The container once so many more periods were counted."""
    until = containers.now()[name].periods + periods

    def look() -> tuple[Container | None, str]:
        found = containers.now()[name]
        return (found if found.periods >= until else None), f"{found.periods} periods"

    return wait_until(look, Deadline("containers", f"{periods} more periods", 5))
