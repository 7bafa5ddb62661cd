"""Every item that asks the cluster: its time and its calls, beside a bare client that reads the same once.

The bare client is Kubernetes' official one in a process of its own: each path that the items read, once and no more.
What they do besides reading (dry runs, probes and the removal of these) has no counterpart there.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bare import audit_log
from golive import catalogue
from golive.catalogue import Entry
from golive.fixtures import made_of, reached
from golive.target import Target
from golive_lab.control import LabHandle
from golive_lab.folders import find_kept
from golive_lab.kubernetes.audit import AuditLog, Call, by_item, repeated
from golive_lab.systems import CLUSTER
from golive_lab.worlds import WORLDS

ROOT = Path(__file__).parent.parent
INCOMPLETE = 2
"""pytest's exit status where nothing is FAIL, and the rest of the checklist was not looked at."""
ANSWERED = frozenset({"PASS", "NOT APPLICABLE"})
EARLIER = "application_over_an_earlier_one"
"""The world in which there is a release to go back to, without which one item has nothing to look at."""


@dataclass(frozen=True)
class Pass:
    """One run of the items, or of the bare client: seconds of the whole process, and its calls."""

    seconds: float
    calls: tuple[Call, ...]
    findings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Round:
    """The three, one after another."""

    alone: Pass
    workers: Pass
    bare: Pass


def items(target: Target, only: str) -> tuple[Entry, ...]:
    """Every item that asks the cluster and whose name contains those letters. Raises SystemExit where none is left."""

    def asks(entry: Entry) -> bool:
        nouns = made_of(entry.test.nouns) if entry.test else frozenset[str]()
        return only in entry.item.id and any("cluster" in reached(noun, target) for noun in nouns)

    found = tuple(entry for entry in catalogue.read(ROOT).entries if asks(entry))
    if not found:
        raise SystemExit(f"no item that asks the cluster has {only!r} in its name; golive checklist shows them")
    return found


def rounds(target: Target, entries: Sequence[Entry], number: int) -> list[Round]:
    """So many rounds on the kept lab. Raises SystemExit where it has no cluster that is up."""
    lab, log = _lab_with_a_cluster(target), audit_log(target)
    with WORLDS[EARLIER](lab):
        return [_round(log, entries) for _ in range(number)]


def _lab_with_a_cluster(target: Target) -> LabHandle:
    lab = find_kept(target.name)
    if lab is None:
        raise SystemExit("no lab is kept up; next: golive lab up")
    handle = LabHandle(lab.path)
    services = handle.status()["services"]
    states = {name: services.get(name, {"state": "absent"})["state"] for name in CLUSTER}
    lacking = [f"{name} is {state}" for name, state in states.items() if state != "ready"]
    if lacking:
        raise SystemExit(f"the kept lab's cluster is not up: {', '.join(lacking)}; next: golive lab status")
    return handle


def _round(log: AuditLog, entries: Sequence[Entry]) -> Round:
    alone = _run(log, entries)
    workers = _run(log, entries, "-n", "4")
    paths = list(dict.fromkeys(call.uri for call in alone.calls if call.reads))
    before, began = len(log), time.monotonic()
    command = [sys.executable, "-m", "benchmarks.cluster_bare", str(log.kubeconfig)]
    subprocess.run(command, cwd=ROOT, input=json.dumps(paths), check=True, text=True)
    return Round(alone, workers, Pass(time.monotonic() - began, log.since(before)))


def _run(log: AuditLog, entries: Sequence[Entry], *further: str) -> Pass:
    tests = [f"{entry.test.path}::{entry.test.name}" for entry in entries if entry.test]
    before, began = len(log), time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *further, *tests], cwd=ROOT, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if ran.returncode not in {0, INCOMPLETE}:  # the rest of the checklist is not looked at
        raise SystemExit(f"pytest ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return Pass(seconds, log.since(before), findings_of(entries))


def findings_of(entries: Iterable[Entry]) -> tuple[dict[str, Any], ...]:
    """These items' findings in the latest run. Raises SystemExit where one was not answered: its time says nothing."""
    record = json.loads((ROOT / "reports" / "latest" / "record.json").read_text(encoding="utf-8"))
    wanted = {entry.item.id for entry in entries}
    found = tuple(each for each in record["findings"] if each["item"] in wanted)
    wrong = [
        f"{f['item']}: {f['outcome']} {f['reason']}: {f['message']}" for f in found if f["outcome"] not in ANSWERED
    ]
    if wrong or len(found) != len(wanted):
        raise SystemExit("\n".join(["not all items were answered:", *wrong]))
    return found


def table(found: Sequence[Round], entries: Sequence[Entry]) -> str:
    """Medians of the rounds, as a table of Markdown; then what one process read more than once in the last of them."""

    def row(words: str, part: Callable[[Round], Pass]) -> str:
        passes = [part(each) for each in found]

        def median(figure: Callable[[Pass], float]) -> float:
            return statistics.median(map(figure, passes))

        seconds, calls = median(lambda one: one.seconds), median(lambda one: len(one.calls))
        reads = median(lambda one: sum(call.reads for call in one.calls))
        again = median(lambda one: sum(repeated(one.calls).values()) - len(repeated(one.calls)))
        beside = statistics.median(part(each).seconds / each.bare.seconds for each in found)
        return f"| {words} | {seconds:.1f} s | {beside:.1f} | {calls:g} | {reads:g} | {again:g} |"

    head = [
        "| | time | times the bare client's | calls | of these, reads | read again |",
        "|---|---|---|---|---|---|",
        row(f"`pytest`, {len(entries)} items", lambda each: each.alone),
        row("the same with `-n 4`", lambda each: each.workers),
        row("the bare client", lambda each: each.bare),
    ]
    return "\n".join(
        [*head, "", "Read more than once in a run of one process, and by whom:", "", *_again(found[-1].alone)]
    )


def _again(one: Pass) -> list[str]:
    """A line for each set of items that read the same more than once."""
    again = repeated(one.calls)
    readers: dict[str, Counter[str]] = {}
    for item, calls in by_item(one.calls, one.findings).items():
        for call in calls:
            if call.reads and call.uri in again:
                readers.setdefault(call.words, Counter())[item] += 1
    names: dict[str, dict[str, None]] = {}
    for words, counts in sorted(readers.items()):
        who = ", ".join(f"`{item}`{'' if count == 1 else f' {count} times'}" for item, count in counts.items())
        names.setdefault(who, {})[_short(words)] = None
    return [f"- {', '.join(same)}: {who}" for who, same in names.items()]


def _short(words: str) -> str:
    """What a path ends with, of whichever namespace, and the first label that it selects by."""
    path, _, selector = words.partition(" ")
    return path.rpartition("/")[2] + (f" by {selector.partition('=')[0]}" if selector else "")
