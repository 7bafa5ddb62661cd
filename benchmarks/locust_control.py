"""What plain locust reports beside what golive measures, on servers whose latency is known by their own ledger.

    python -m benchmarks.locust_control [--write]

A server that stalls 2 s in every 20 s, one that takes 70 s for every twelfth answer, and servers whose true 95th
percentile is 246 and 254 ms by a limit of 250 ms. It takes some six minutes.
``--write`` puts the table into docs/measurement.md between its marks. Exit status 1 when golive inverts a
verdict, or measures a smaller share over the limit than the server's own ledger holds.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import stock
from golive.load import driver
from golive.load.result import LoadResult
from selftests.generated import put_between
from selftests.load.loads import LIMIT_MS, decide, plan, server

DOCS = Path(__file__).parent.parent / "docs" / "measurement.md"
BEGIN, END = "<!-- locust-control:begin -->", "<!-- locust-control:end -->"
LIMIT = 0.05


@dataclass(frozen=True)
class Case:
    """A server and what is known of it."""

    words: str
    how: dict[str, Any]
    rate: float
    window_s: float
    users: int
    timeout_s: float = 5


CASES = (
    Case("stalls 2 s in every 20 s, else 5 ms", {"delays": [[1.0, 5, 5]], "stall": [20.0, 2.0]}, 100, 60, 10),
    Case("70 s for 8 % of its answers, else 5 ms", {"delays": [[0.92, 5, 5], [0.08, 70e3, 70e3]]}, 20, 40, 10, 90),
    Case("p95 246 ms, 2 % over", {"delays": [[0.93, 150, 240], [0.05, 246, 246], [0.02, 270, 300]]}, 100, 30, 20),
    Case("p95 254 ms, 8 % over", {"delays": [[0.92, 150, 240], [0.06, 254, 254], [0.02, 270, 300]]}, 100, 30, 20),
)
HEAD = (
    "| server | true share over 250 ms | plain locust: p95, its verdict | golive: share over, p95, its verdict |",
    "|---|---|---|---|",
)


def row(case: Case) -> tuple[str, str]:
    """The case's line of the table, and what is wrong with it, if anything."""
    with server(it=case.how) as running:
        closed = stock.locust(running.url, "fast", seconds=case.window_s, users=case.users, path="/it")
    with server(it=case.how) as running, tempfile.TemporaryDirectory() as folder:
        asked = plan(
            running.url,
            "it",
            rate=case.rate,
            window_s=case.window_s,
            block_s=case.window_s / 20,
            timeout_s=case.timeout_s,
        )
        result = driver.run(asked, Path(folder))
        running.end()
    true = running.ledger["/it"]["over"] / running.ledger["/it"]["received"]
    return f"| {case.words} | {true:.1%} | {_plain(closed)} | {_ours(result)} |", _wrong(case, true, result)


def _plain(figures: stock.Figures) -> str:
    verdict = "under the limit" if (figures.p95_ms or 0) < LIMIT_MS else "not under the limit"
    return f"{figures.p95_ms:.0f} ms of {figures.n} requests: {verdict}"


def _ours(result: LoadResult) -> str:
    share, p95_ms = result.total.over / result.total.n, result.endpoints[0].latencies.percentile_ms(95)
    p95 = f"{p95_ms:.0f} ms" if p95_ms < math.inf else f"beyond {result.plan.histogram_max_s:g} s"
    return f"{share:.1%} of {result.total.n}, {p95}: {decide(result, result.total)}"


def _wrong(case: Case, true: float, result: LoadResult) -> str:
    verdict = decide(result, result.total)
    inverted = "FAIL" if true < LIMIT else "PASS"
    if verdict == inverted or result.total.over / result.total.n < true:
        return f"{case.words}: {verdict}, {result.total.over / result.total.n:.2%} measured, {true:.2%} true"
    return ""


def main() -> None:
    """Print the table; write it where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/measurement.md")
    given = parser.parse_args()
    lines, wrong = list(HEAD), []
    for case in CASES:
        line, problem = row(case)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        lines.append(line)
        wrong += [problem] if problem else []
    if given.write:
        put_between(DOCS, BEGIN, END, "\n".join(lines))
    sys.exit("; ".join(wrong) or 0)


if __name__ == "__main__":
    main()
