"""How long a phase takes on a running lab, beside the same operations done bare, in the same run.

    golive lab up && python -m benchmarks.verdict_time --phase smoke
    golive lab up && python -m benchmarks.verdict_time --cluster [--only NAME] [--write]

Each round runs, one after the other: the phase under pytest; collection alone; the phase with ``-n 4``; and the
operations of its items bare (bare.py), in a process of their own, by the same facts and clients but without pytest,
plugin, record or reports. Printed are medians, and golive's own overhead: the phase's time less the bare time.
Where the lab has a cluster, the calls of its API are counted too, from the API server's audit log.

``--cluster`` runs every item that asks the cluster, of whatever phase, beside a client that reads the same once
(cluster.py); ``--write`` puts its table into docs/in-cluster.md.
Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import cluster
from benchmarks.bare import PHASES, audit_log, kept_target
from selftests.generated import put_between

ROOT = Path(__file__).parent.parent
CALLS = "calls of the cluster's API"
BEGIN, END = "<!-- verdict-time:begin -->", "<!-- verdict-time:end -->"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-m"]


def timed(command: list[str]) -> float:
    """Wall seconds of a command. Raises SystemExit, with the end of its output, where it does not exit with 0."""
    began = time.monotonic()
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(
            f"{' '.join(command[1:])} ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
        )
    return time.monotonic() - began


def items() -> dict[str, float]:
    """Seconds of each item in the latest run."""
    record = json.loads((ROOT / "reports" / "latest" / "record.json").read_text(encoding="utf-8"))
    return {finding["item"]: finding["seconds"] for finding in record["findings"]}


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phase", choices=sorted(PHASES), default="smoke")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cluster", action="store_true", help="every item that asks the cluster, in place of a phase")
    parser.add_argument("--only", default="", help="with --cluster: items whose name contains this")
    parser.add_argument("--write", action="store_true", help="with --cluster: put the table into docs/in-cluster.md")
    parser.add_argument("--bare", action="store_true", help="one bare pass, as JSON; what each round runs by itself")
    arguments = parser.parse_args()
    if arguments.cluster:
        of_the_cluster(arguments.only, arguments.rounds, to_page=arguments.write)
        return
    if arguments.bare:
        sys.stdout.write(json.dumps(PHASES[arguments.phase](kept_target())))
        return
    rows: dict[str, list[float]] = {}
    for _ in range(arguments.rounds):
        for name, seconds in one_round(arguments.phase).items():
            rows.setdefault(name, []).append(seconds)
    for name, values in rows.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        unit = "" if name.endswith(CALLS) else " s"
        sys.stdout.write(f"{name:<44} {middle:6.2f}{unit:<2}   ({low:.2f} to {high:.2f})\n")


def of_the_cluster(only: str, number: int, *, to_page: bool) -> None:
    """Print the table of the items that ask the cluster, and write it into the page where asked."""
    target = kept_target()
    entries = cluster.items(target, only)
    text = cluster.table(cluster.rounds(target, entries, number), entries)
    sys.stdout.write(f"{text}\n")
    if to_page:
        put_between(ROOT / "docs" / "in-cluster.md", BEGIN, END, text)


def calls() -> int:
    """How often golive's user has asked the kept lab's API server so far; 0 where the lab has no cluster."""
    return len(audit_log(kept_target()).since(0))


def one_round(phase: str) -> dict[str, float]:
    """One round's figures, in seconds."""
    command = [*PYTEST, phase]
    before = calls()
    whole = timed(command)
    asked = calls() - before
    found = items()
    collection = timed([*command, "--collect-only"])
    workers = timed([*command, "-n", "4"])
    before, began = calls(), time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.verdict_time", "--bare", f"--phase={phase}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    alone = time.monotonic() - began
    bare = calls() - before
    spent = json.loads(ran.stdout)
    waiting = sum(seconds for name, seconds in spent.items() if name.startswith("waiting"))
    return {
        f"pytest -m {phase}, whole process": whole,
        "  start of Python and collection": collection,
        "  its items": sum(found.values()),
        "  attaching, record, reports, exit": whole - collection - sum(found.values()),
        "bare operations, whole process": alone,
        "  of these, waiting for time to pass": waiting,
        "golive's own overhead": whole - alone,
        f"pytest -m {phase} -n 4, whole process": workers,
        "  slowest item": max(found.values()),
        **({f"pytest, {CALLS}": asked, f"bare, {CALLS}": bare} if asked else {}),
    }


if __name__ == "__main__":
    main()
