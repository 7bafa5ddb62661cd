"""What must never look like a good result: stalls, hangs, lost workers, overload, an end from outside."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from golive.errors import CannotEstablish, Interrupted, Reason
from golive.load import driver
from golive.load.calibration import calibrate, null_plan, null_server, summary
from golive.load.files import LOG_FILE, RESULT_FILE, TOKENS_FILE
from golive.load.generator import LOCUSTFILE, Master, free_port
from golive.load.merging import Progress
from golive.load.plan import Endpoint
from golive.load.result import Ended, LoadResult
from golive.load.tokens import LoadTokens
from golive.waiting import Deadline, wait_until
from golive_lab.certificates import Authority
from selftests.load.loads import LIMIT_MS, decide, plan, server, show

QUICK = {"delays": [[1.0, 5, 10]]}
CLOSED_LOOP = """
from locust import FastHttpUser, constant, task

class Impatient(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def ask(self):
        self.client.get("/stall")
"""


def closed_loop(folder: Path, url: str) -> subprocess.Popen[str]:
    """Plain locust: ten users, each of whom waits for its answer before it asks again."""
    (folder / "closed.py").write_text(CLOSED_LOOP, encoding="utf-8")
    command = [sys.executable, "-m", "locust", "-f", "closed.py", "--headless", "--only-summary", "--json"]
    options = ["--users", "10", "--spawn-rate", "10", "--run-time", "10", "--host", url]
    with Path(os.devnull).open("r+b") as nowhere:
        return subprocess.Popen(
            [*command, *options], cwd=folder, text=True, stdin=nowhere, stdout=subprocess.PIPE, stderr=nowhere
        )


def generator_of(folder: Path) -> list[psutil.Process]:
    """Every process that works on this load."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GOLIVE_LOAD_FOLDER") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def gone(folder: Path) -> None:
    def probe() -> tuple[bool | None, str]:
        left = generator_of(folder)
        return (None if left else True), f"{left} left"

    wait_until(probe, Deadline("generator", "its end", 20))


def once(at_s: float, act: Callable[[], None]) -> Callable[[Progress], None]:
    """Act as soon as the load is so many seconds old."""
    done: list[float] = []

    def follow(progress: Progress) -> None:
        if progress.elapsed_s >= at_s and not done:
            done.append(progress.elapsed_s)
            act()

    return follow


def test_a_stall_is_seen_that_a_closed_loop_hides(tmp_path: Path) -> None:
    stall = {"delays": [[1.0, 5, 5]], "stall": [10.0, 1.0]}
    with server(stall=stall) as running, server(stall=stall) as other, closed_loop(tmp_path, other.url) as closed:
        result = driver.run(plan(running.url, "stall", rate=100, window_s=10), tmp_path / "open")
        running.end()
        out, _ = closed.communicate(timeout=60)
    (stats,) = json.loads(out)
    times = {float(ms): count for ms, count in stats["response_times"].items()}
    below = sum(count for ms, count in times.items() if ms < 50) / sum(times.values())
    p95_ms = result.endpoints[0].latencies.percentile_ms(95)
    true = running.ledger["/stall"]
    show(
        f"true: {true['over'] / true['received']:.2%} over {LIMIT_MS} ms",
        f"open loop: {result.total.over / result.total.n:.2%}, p95 {p95_ms:.0f} ms, {decide(result, result.total)}",
        f"closed loop: {below:.2%} of {sum(times.values())} below 50 ms",
    )
    assert below > 0.95
    assert decide(result, result.total) == "FAIL"
    assert 300 < p95_ms < 900
    assert max(second.max_ms for second in result.series) > 800


def test_a_server_that_hangs_fails_by_its_timeouts(tmp_path: Path) -> None:
    with server(hangs={"delays": [[1.0, 5, 10]], "hangs_after_s": 2.0}) as running:
        result = driver.run(plan(running.url, "hangs", window_s=4, timeout_s=1), tmp_path)
        running.end()
    true = running.ledger["/hangs"]
    show(str(true), str(result.ledger), decide(result, result.total))
    assert result.ended is Ended.COMPLETE
    assert result.ledger.discrepancies() == ()
    assert result.ledger.completed == true["answered"]
    assert result.ledger.timed_out == result.total.timeouts == true["received"] - true["answered"] > 150
    assert result.endpoints[0].latencies.percentile_ms(95) == float("inf")
    assert decide(result, result.total) == "FAIL"


def test_a_server_that_goes_away_fails_by_its_errors(tmp_path: Path) -> None:
    with server(gone=QUICK) as running:
        follow = once(1.0, running.process.kill)
        result = driver.run(plan(running.url, "gone", window_s=4), tmp_path, follow=follow)
        running.ledger = {"/gone": {}}
    show(str(result.ledger), str(dict(result.endpoints[0].statuses)), decide(result, result.total))
    assert result.ledger.discrepancies() == ()
    assert result.ledger.failed == result.total.errors > 200
    assert decide(result, result.total) == "FAIL"


def test_quick_answers_with_too_little_in_them_are_errors(tmp_path: Path) -> None:
    endpoints = (
        Endpoint(name="whole", path="/quick", least_bytes=2),
        Endpoint(name="short", path="/quick", least_bytes=3),
    )
    with server(quick=QUICK) as running:
        result = driver.run(plan(running.url, endpoints=endpoints, window_s=2), tmp_path)
        running.end()
    whole, short = result.endpoints
    assert (set(whole.statuses), set(short.statuses)) == ({"200"}, {"200 too short"})
    assert short.total.over == short.total.errors == short.total.n > 50
    assert whole.total.errors == 0


def test_a_lost_worker_blocks_a_pass(tmp_path: Path) -> None:
    def lose() -> None:
        next(process for process in generator_of(tmp_path) if process.ppid() != os.getpid()).kill()

    with server(quick=QUICK) as running:
        asked = plan(running.url, "quick", window_s=4, processes=2, timeout_s=1)
        result = driver.run(asked, tmp_path, follow=once(1.0, lose))
    show(str(result.ledger), *result.against_pass())
    assert result.total.over / result.total.n < 0.01
    assert decide(result, result.total) == "INCONCLUSIVE"
    assert any("unaccounted for" in words for words in result.against_pass())
    assert any("1 of 2 generator processes" in words for words in result.against_pass())


def test_an_overloaded_generator_blames_no_server(tmp_path: Path) -> None:
    with null_server() as url:
        asked = null_plan(plan(url, "null", rate=9000), url, 2.0).model_copy(update={"timeout_s": 0.3})
        result = driver.run(asked, tmp_path)
    show(str(result.ledger), str(result.health), str(summary(result)), *result.against_fail(), *result.against_pass())
    assert result.total.over / result.total.n > 0.05
    assert decide(result, result.total) == "INCONCLUSIVE"
    assert result.against_fail()
    assert result.against_pass()


def test_calibration_shows_what_the_generator_adds(tmp_path: Path) -> None:
    asked = plan("http://127.0.0.1:9", "never_asked", rate=100)
    found = calibrate(asked, tmp_path, window_s=1.0)
    show(str(found))
    assert found.delivered_share == 1
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms
    assert found.against_fail(LIMIT_MS) == () or found.p95_ms > LIMIT_MS / 10
    assert replace(found, p95_ms=LIMIT_MS / 5).against_fail(LIMIT_MS)


def test_a_generator_ended_from_outside_leaves_what_it_had(tmp_path: Path) -> None:
    def end() -> None:
        for process in generator_of(tmp_path):
            process.terminate()

    follow = once(3.0, end)
    with server(quick=QUICK) as running, pytest.raises(Interrupted) as caught:
        driver.run(plan(running.url, "quick", window_s=60), tmp_path, follow=follow)
    gone(tmp_path)
    partial = LoadResult.read(tmp_path)
    show(str(caught.value))
    assert caught.value.reason is Reason.INTERRUPTED
    assert partial is not None
    assert partial.ended is Ended.INTERRUPTED
    assert 200 < partial.ledger.sent < 3000
    assert partial.against_pass()


def test_an_interrupted_run_leaves_no_generator(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with server(quick=QUICK) as running:
        asked = plan(running.url, "quick", window_s=60, processes=2)
        with pytest.raises(KeyboardInterrupt):
            driver.run(asked, tmp_path, follow=once(2.0, interrupt))
    assert generator_of(tmp_path) == []
    partial = LoadResult.read(tmp_path)
    assert partial is not None
    assert partial.ended is Ended.INTERRUPTED


RUNS = """
import sys
from pathlib import Path
from golive.load import driver
from golive.load.plan import LoadPlan
driver.run(LoadPlan.model_validate_json(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_killed_parent_leaves_no_generator(tmp_path: Path) -> None:
    with server(quick=QUICK) as running:
        asked = plan(running.url, "quick", window_s=60, processes=2).model_dump_json()
        with subprocess.Popen([sys.executable, "-c", RUNS, asked, str(tmp_path)]) as parent:
            wait_until(
                lambda: ((tmp_path / RESULT_FILE).exists() or None, "no result yet"), Deadline("load", "its start", 60)
            )
            assert len(generator_of(tmp_path)) == 3
            parent.send_signal(signal.SIGKILL)
        gone(tmp_path)


def test_workers_of_other_machines_join_by_the_printed_command(tmp_path: Path) -> None:
    master = Master(port=free_port())
    workers: list[subprocess.Popen[bytes]] = []

    def start(command: str) -> None:
        argv = [sys.executable, *shlex.split(command)[1:]]
        workers.extend(subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2))

    with server(quick=QUICK) as running:
        try:
            asked = plan(running.url, "quick", window_s=3, processes=2)
            result = driver.run(asked, tmp_path, master=master, announce=start)
        finally:
            ended = [worker.wait(30) for worker in workers]
        running.end()
    show(str(result.ledger), str(result.health))
    assert ended == [0, 0]
    assert result.against_pass() == ()
    assert result.ledger.completed == running.ledger["/quick"]["received"] == 300
    assert decide(result, result.total) == "PASS"


def test_tokens_are_renewed_and_left_nowhere(tmp_path: Path) -> None:
    given: list[str] = []
    files: list[int] = []

    def source() -> LoadTokens:
        given.append(f"secret-{len(given)}-of-miso")
        return LoadTokens({"miso": given[-1]}, good_for_s=2.0)

    def follow(_: Progress) -> None:
        files.append((tmp_path / TOKENS_FILE).stat().st_mode & 0o777)

    endpoint = Endpoint(name="entitled", path="/entitled", persona="miso")
    with server(entitled=QUICK | {"needs": [f"secret-{number}-of-miso" for number in range(20)]}) as running:
        asked = plan(running.url, endpoints=(endpoint,), rate=50, window_s=4)
        result = driver.run(asked, tmp_path, tokens=source, follow=follow)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "secret-" in path.read_text(encoding="utf-8")]
    assert len(given) > 2
    assert set(files) == {0o600}
    assert dict(result.endpoints[0].statuses) == {"200": 200}
    assert left == []
    assert not (tmp_path / TOKENS_FILE).exists()


@pytest.mark.parametrize(("trusted", "statuses"), [("ca", {"200": 40}), ("other-ca", {"failed": 40})])
def test_a_certificate_is_verified(tmp_path: Path, trusted: str, statuses: dict[str, int]) -> None:
    authorities = {name: Authority(tmp_path / "certificates", name=name) for name in ("ca", "other-ca")}
    certificate = authorities["ca"].issue("gateway")
    with server(certificate=certificate, quick=QUICK) as running:
        asked = plan(running.url, "quick", rate=40, window_s=1, ca_file=str(authorities[trusted].ca_file))
        result = driver.run(asked, tmp_path / "load")
    assert dict(result.endpoints[0].statuses) == statuses
    assert result.ledger.discrepancies() == ()


def test_a_generator_that_fails_says_why(tmp_path: Path) -> None:
    endpoint = Endpoint(name="entitled", path="/", persona="miso")
    with pytest.raises(CannotEstablish, match="holds none for persona 'miso'") as caught:
        driver.run(
            plan("http://127.0.0.1:9", endpoints=(endpoint,)), tmp_path, tokens=lambda: LoadTokens({"caiso": "x"}, 60)
        )
    assert "exit status 1" in str(caught.value)
    assert (tmp_path / LOG_FILE).exists()
    assert LOCUSTFILE.exists()
