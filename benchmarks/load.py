"""What the load driver costs beside plain locust, side by side against a server that answers at once.

    python -m benchmarks.load [--rounds 3] [--seconds 5]

Requests in a second of one core's time: HttpUser and FastHttpUser as a user would write them, FastHttpUser with
golive's recorder, and golive's driver at its fixed arrival rate; wrk and vegeta where they are installed. Then the
rate that was delivered beside the one asked for, up to beyond what one process can do. Exit status 1 when recording
costs more than a tenth of FastHttpUser's rate, or when up to 70 % of capacity the delivered rate is off by more than
1 %.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import stock
from golive.load import driver
from golive.load.calibration import null_server
from golive.load.plan import Endpoint, LoadPlan
from golive.load.result import LoadResult

RECORDING_MAY_COST = 0.10
OFF_BY = 0.01
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9, 1.2)
UP_TO = 0.7


def driven(url: str, rate: float, seconds: float) -> LoadResult:
    """The driver at that rate, one process."""
    plan = LoadPlan(
        base_url=url,
        endpoints=(Endpoint(name="null", path="/"),),
        rate=rate,
        window_s=seconds,
        block_s=seconds,
        ramp_s=1,
        limit_ms=250,
        timeout_s=0.5,
    )
    with tempfile.TemporaryDirectory() as folder:
        return driver.run(plan, Path(folder))


def per_core(result: LoadResult) -> float:
    """Requests in a second of one core's time."""
    busy = statistics.mean(second.sent for second in result.series[1:-1])
    return busy / result.health.cpu_mean


def compare(url: str, rounds: int, seconds: float) -> dict[str, list[float]]:
    """The figures of each round; in each all of them run one after the other, every other one the other way round."""
    rows: dict[str, list[float]] = {}
    for number in range(rounds):
        for kind in ("http", "fast", "recorded") if number % 2 else ("recorded", "fast", "http"):
            rows.setdefault(kind, []).append(stock.locust(url, kind, seconds=seconds).per_core)
        at = statistics.median(rows["fast"]) / 2
        rows.setdefault("golive", []).append(per_core(driven(url, at, seconds)))
        for name, found in (("wrk", stock.wrk(url, seconds)), ("vegeta", stock.vegeta(url, at, seconds))):
            if found is not None:
                rows.setdefault(name, []).append(found)
    return rows


def of_fast(rows: dict[str, list[float]], name: str) -> float:
    """The median of each round's ratio to FastHttpUser: what slows a whole round down slows both."""
    return statistics.median(one / fast for one, fast in zip(rows[name], rows["fast"], strict=True))


NAMES = {
    "http": "HttpUser",
    "fast": "FastHttpUser",
    "recorded": "FastHttpUser with golive's recorder",
    "golive": "golive's driver at half of that rate",
    "wrk": "wrk, one thread",
    "vegeta": "vegeta, one core, at half of that rate",
}


def main() -> None:
    """Print both tables; exit status 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    missed = []
    with null_server() as url:
        rows = compare(url, given.rounds, given.seconds)
        for name, rates in rows.items():
            rate = f"{statistics.median(rates):8.0f} requests/s a core"
            say(f"{NAMES[name]:40} {rate}   {of_fast(rows, name):5.2f} of FastHttpUser")
        for name in ("wrk", "vegeta"):
            if name not in rows:
                say(f"{NAMES[name]:40} not installed")
        if (kept := of_fast(rows, "recorded")) < 1 - RECORDING_MAY_COST:
            missed.append(f"recording costs {1 - kept:.1%}")
        capacity = statistics.median(rows["golive"])
        for share in SHARES:
            result = driven(url, capacity * share, given.seconds)
            delivered = result.ledger.delivered_share
            late = f"{result.health.cpu_mean:.0%} of a core, sends late by {result.health.lateness_p99_ms:.1f} ms (p99)"
            say(f"asked {capacity * share:6.0f}/s ({share:4.0%} of capacity): delivered {delivered:8.3%}, {late}")
            if share <= UP_TO and abs(delivered - 1) > OFF_BY:
                missed.append(f"at {share:.0%} of capacity {delivered:.2%} was delivered")
    sys.exit("; ".join(missed) or 0)


def say(line: str) -> None:
    """One line of the tables, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
