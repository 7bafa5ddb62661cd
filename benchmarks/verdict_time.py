"""How long a phase takes on a running lab, beside the same operations done bare, in the same run.

    golive lab up && python -m benchmarks.verdict_time --phase smoke

Each round runs, one after the other: the phase under pytest; collection alone; the phase with ``-n 4``; and the
operations of its items bare (bare.py), in a process of their own, by the same facts and clients but without pytest,
plugin, record or reports. Printed are medians, and golive's own overhead: the phase's time less the bare time.
Where the lab has a cluster, the calls of its API are counted too, from the API server's audit log.
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

from benchmarks.bare import PHASES, kept_target

ROOT = Path(__file__).parent.parent
CALLS = "calls of the cluster's API"
USER = "golive"
"""By which the API server knows the suite."""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-m"]


def timed(command: list[str]) -> float:
    """Wall seconds of a command; its output is dropped. Raises where it does not exit with 0."""
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
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
    parser.add_argument("--bare", action="store_true", help="one bare pass, as JSON; what each round runs by itself")
    arguments = parser.parse_args()
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


def calls() -> int:
    """How often golive's user has asked the kept lab's API server so far; 0 where the lab has no cluster."""
    reference = kept_target().cluster.kubeconfig
    log = Path(reference.file).parent / "audit.jsonl" if reference is not None and reference.file else None
    if log is None or not log.exists():
        return 0
    entries = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return sum(entry["user"].get("username") == USER for entry in entries)


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
