"""What the generator itself adds: the same rate against a server that answers at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from golive.load.driver import Follow, run
from golive.load.health import Calibration
from golive.load.plan import Endpoint, LoadPlan
from golive.load.result import LoadResult

WINDOW_S = 4.0
TIMEOUT_S = 1.0


@contextlib.contextmanager
def null_server() -> Iterator[str]:
    """Address of a server on loopback, in a process of its own, that answers every request at once."""
    command = [sys.executable, "-m", "golive.load.null_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def calibrate(plan: LoadPlan, folder: Path, *, window_s: float = WINDOW_S, follow: Follow | None = None) -> Calibration:
    """Measure the generator at the plan's rate and processes, for some seconds, before the load itself.

    Put it into the result by ``dataclasses.replace(result, calibration=...)``. Raises as ``driver.run``.
    """
    with null_server() as url:
        return summary(run(null_plan(plan, url, window_s), folder, follow=follow))


def null_plan(plan: LoadPlan, url: str, window_s: float = WINDOW_S) -> LoadPlan:
    """The plan against a null server: same rate, processes and limit; short, and without tokens."""
    return LoadPlan(
        base_url=url,
        endpoints=(Endpoint(name="null", path="/"),),
        rate=plan.rate,
        window_s=window_s,
        block_s=window_s,
        limit_ms=min(plan.limit_ms, TIMEOUT_S * 999),
        timeout_s=TIMEOUT_S,
        processes=plan.processes,
        seed=plan.seed,
    )


def summary(result: LoadResult) -> Calibration:
    """The figures of a load against a null server, in ms."""
    latencies = result.endpoints[0].latencies
    return Calibration(
        rate=result.plan.rate,
        delivered_share=result.ledger.delivered_share,
        p50_ms=latencies.percentile_ms(50),
        p95_ms=latencies.percentile_ms(95),
        p99_ms=latencies.percentile_ms(99),
        max_ms=latencies.max_ms,
    )
