"""How often verdicts are wrong, by simulation against truths that are known: python -m benchmarks.ground_truth
[--write].

Each row is a server (or a canary, a series) that is made by chance again and again, seeded. Beside golive's verdicts
stand those of the usual methods on the same counters: the plain binomial test at the end, and the same test looked at
every minute until it says PASS.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from golive.stats.quantile import Plan
from selftests import truths
from selftests.generated import put_between
from selftests.truths import SEED, Other, Server, judged

RUNS = 2000
PAGE = Path(__file__).parents[1] / "docs" / "measurement.md"
BEGIN, END = "<!-- ground-truth:begin -->", "<!-- ground-truth:end -->"


def servers() -> Iterator[Server]:
    """The rows of the first table."""
    minute = {longest: Plan(3, longest, looks=6) for longest in (0, 0.5, 1, 2, 10)}
    yield Server("independent", 0, 0.05, 20, minute[0])
    yield Server("independent", 0, 0.05, 20, minute[1])
    yield Server("fixed", 1, 0.05, 20, minute[1])
    yield Server("geometric", 0.5, 0.05, 20, minute[1])
    for seconds in (2, 10):
        yield Server("fixed", seconds, 0.05, 20, minute[seconds])
        yield Server("fixed", seconds, 0.05, 20, minute[1])
    long = {(longest, looks): Plan(30, longest, looks=looks) for longest in (0, 2, 10, 20) for looks in (1, 30)}
    yield Server("independent", 0, 0.05, 60, long[0, 1])
    yield Server("independent", 0, 0.05, 60, long[0, 30])
    for seconds in (2, 10):
        for looks in (1, 30):
            yield Server("fixed", seconds, 0.05, 60, long[seconds, looks])
            yield Server("geometric", seconds / 2, 0.05, 60, long[seconds, looks])
    yield Server("geometric", 2, 0.05, 60, long[10, 30])
    yield Server("geometric", 10, 0.05, 60, long[20, 30])
    for share in (0.0, 0.01, 0.02, 0.08):
        yield Server("independent", 0, share, 20, minute[0.5])
    for share in (0.01, 0.02, 0.03, 0.08):
        yield Server("geometric", 2, share, 60, long[2, 30])


def others(runs: int = 400, seed: int = SEED) -> Iterator[Other]:
    """The rows of the second table."""
    for truth in (
        truths.identical_canary,
        truths.tail_regression,
        truths.same_rate,
        truths.wrong_traffic,
        truths.steady_memory,
        truths.restarted_counter,
    ):
        yield truth(np.random.default_rng(seed), runs)


def table(show: Callable[[str], None]) -> str:
    """Both tables as Markdown; each row is shown as soon as it is there."""
    lines: list[str] = []

    def row(*cells: str) -> None:
        lines.append("| " + " | ".join(cells) + " |")
        show(lines[-1])

    row(
        "window", "true share over", "bursts", "promised up to", "looks", "PASS", "FAIL", "plain: PASS", "peeking: PASS"
    )
    row(*["---"] * 9)
    for server in servers():
        rates, plan = judged(server, RUNS), server.plan
        window = f"{server.blocks} blocks of {plan.block_seconds:g} s"
        shares = [f"{100 * rate:.1f} %" for rate in (rates.passed, rates.failed, rates.plain, rates.peeking)]
        row(window, f"{server.share:.0%}", server.words, f"{plan.longest_burst_seconds:g} s", str(plan.looks), *shares)
    lines += ["", f"{RUNS} runs a row; two standard errors of a rate of 5 % are {100 * rates.error:.1f} points.", ""]
    row("truth", "wrong verdict", "golive", "usual method", "its rate", "runs")
    row(*["---"] * 6)
    for other in others():
        row(
            other.truth,
            other.wrong,
            f"{100 * other.golive:.1f} %",
            other.usual,
            f"{100 * other.naive:.1f} %",
            str(other.runs),
        )
    return "\n".join(lines)


def main() -> None:
    """Print the tables, and write them into the page where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put the tables into docs/measurement.md")
    chosen = options.parse_args()
    begun = time.monotonic()
    text = table(lambda line: print(line, flush=True))  # what a benchmark is for
    print(f"{time.monotonic() - begun:.0f} s, seed {SEED}")  # as above
    if chosen.write:
        put_between(PAGE, BEGIN, END, text)


if __name__ == "__main__":
    main()
