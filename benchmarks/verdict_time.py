"""How long ``pytest -m smoke`` takes on a running lab, beside the same operations done bare, in the same run.

    golive lab up && python benchmarks/verdict_time.py

Each round runs, one after the other: the smoke phase under pytest; collection alone; and the operations of the six
items bare, in a process of their own, by the same facts and clients but without pytest, plugin, record or reports.
Printed are medians, and golive's own overhead: the phase's time less the bare time. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-m", "smoke"]


def timed(command: list[str]) -> float:
    """Wall seconds of a command; its output is dropped. Raises where it does not exit with 0."""
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def items() -> dict[str, float]:
    """Seconds of each item in the latest run."""
    record = json.loads((ROOT / "reports" / "latest" / "record.json").read_text(encoding="utf-8"))
    return {finding["item"]: finding["seconds"] for finding in record["findings"]}


def bare() -> dict[str, float]:
    """The operations of the six items, one after the other; seconds of each, waits for time to pass apart."""
    from golive.facts.clickhouse import ClickHouse
    from golive.facts.gateway import Ask, Gateway
    from golive.facts.identity import Identity
    from golive.facts.kafka import Kafka
    from golive.facts.object_storage import ObjectStorage
    from golive.facts.postgres import Postgres
    from golive.facts.services import Services
    from golive.provider import kept
    from golive.residue import RunId
    from golive.target.load import find

    file = find("lab", ROOT / "targets")
    overlay = kept("lab", "lab", file.target.provider_options)
    if overlay is None:
        raise SystemExit("no lab is kept up; next: golive lab up")
    target, run = file.with_overlay(overlay), RunId.make()
    identity, gateway, kafka = Identity(target), Gateway(target), Kafka(target, run)
    postgres, clickhouse, storage = Postgres(target), ClickHouse(target), ObjectStorage(target, run)
    spent: dict[str, float] = {}

    def measure(name: str, *steps: Callable[[], Any]) -> list[Any]:
        began = time.monotonic()
        results = [step() for step in steps]
        spent[name] = spent.get(name, 0) + time.monotonic() - began
        return results

    measure("smoke.health", Services(target).health)
    short, logins = measure("smoke.authentication", identity.short_lived, identity.log_in_everyone)
    tokens = {login.persona: login.token for login in logins}
    measure(
        "smoke.authentication",
        lambda: gateway.show({"short-lived": short.token}),
        lambda: gateway.show(tokens),
        identity.try_wrong_password,
        lambda: gateway.show(identity.forged(tokens["miso"])),
    )
    measure("waiting: a token runs out", lambda: gateway.show_until_refused("expired", **short.end))
    (login,) = measure("smoke.gateway", lambda: identity.log_in("miso"))
    asks = {"with": Ask(target.gateway.entitled, login.token), "without": Ask(target.gateway.entitled)}
    measure("smoke.gateway", lambda: gateway.ask(asks | {"unknown": Ask(target.gateway.unknown, login.token)}))
    measure("smoke.databases", postgres.session, clickhouse.session, postgres.plaintext, clickhouse.plaintext)
    measure("smoke.databases", postgres.connections, clickhouse.connections)
    measure("smoke.kafka", kafka.health, kafka.round_trip)
    measure("waiting: flows advance", kafka.progress)
    measure("smoke.object_storage", storage.health, storage.round_trip, storage.strangers)
    return spent


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bare", action="store_true", help="one bare pass, as JSON; what each round runs by itself")
    arguments = parser.parse_args()
    if arguments.bare:
        sys.stdout.write(json.dumps(bare()))
        return
    rows: dict[str, list[float]] = {}
    for _ in range(arguments.rounds):
        for name, seconds in one_round().items():
            rows.setdefault(name, []).append(seconds)
    for name, values in rows.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        sys.stdout.write(f"{name:<44} {middle:6.2f} s   ({low:.2f} to {high:.2f})\n")


def one_round() -> dict[str, float]:
    """One round's figures, in seconds."""
    whole = timed(PYTEST)
    found = items()
    collection = timed([*PYTEST, "--collect-only"])
    workers = timed([*PYTEST, "-n", "4"])
    began = time.monotonic()
    ran = subprocess.run([sys.executable, __file__, "--bare"], cwd=ROOT, check=True, capture_output=True, text=True)
    alone = time.monotonic() - began
    spent = json.loads(ran.stdout)
    waiting = sum(seconds for name, seconds in spent.items() if name.startswith("waiting"))
    return {
        "pytest -m smoke, whole process": whole,
        "  start of Python and collection": collection,
        "  the six items": sum(found.values()),
        "  attaching, record, reports, exit": whole - collection - sum(found.values()),
        "bare operations, whole process": alone,
        "  of these, waiting for time to pass": waiting,
        "golive's own overhead": whole - alone,
        "pytest -m smoke -n 4, whole process": workers,
        "  slowest item": max(found.values()),
    }


if __name__ == "__main__":
    main()
