"""Plain locust and other load generators, each in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

LOCUSTFILE = Path(__file__).with_name("stock_locustfile.py")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Figures:
    """What plain locust found and used."""

    n: int
    failures: int
    wall_s: float
    cpu_s: float
    p95_ms: float | None
    max_ms: float

    @property
    def per_core(self) -> float:
        """Requests in a second of a core's time."""
        return self.n / self.cpu_s


def locust(url: str, kind: str, *, seconds: float, users: int = 20, path: str = "/") -> Figures:
    """Plain locust with so many users, each of whom asks again as soon as it has its answer.

    Its own defaults: what is under way at the end is thrown away.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
        options = ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds:g}", "--host", url]
        told = {"STOCK_USER": kind, "STOCK_PATH": path, "STOCK_OUT": str(out), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*command, *options],
            cwd=folder, env=os.environ | told, capture_output=True, text=True, timeout=seconds + 60, check=False,
        )  # fmt: skip
        if not out.exists():
            raise SystemExit(f"locust left no figures:\n{done.stderr[-2000:]}")
        return Figures(**json.loads(out.read_text(encoding="utf-8")))


def wrk(url: str, seconds: float) -> float | None:
    """Requests a second of wrk with one thread; None where it is not installed."""
    if shutil.which("wrk") is None:
        return None
    command = ["wrk", "-t1", "-c20", f"-d{seconds:g}s", url]
    out = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    return float(found.group(1)) if found else None


def vegeta(url: str, rate: float, seconds: float) -> float | None:
    """Requests a second that vegeta delivers of those asked for; None where it is not installed."""
    if shutil.which("vegeta") is None:
        return None
    attack = ["vegeta", "-cpus", "1", "attack", "-rate", f"{rate:g}", "-duration", f"{seconds:g}s"]
    done = subprocess.run(attack, input=f"GET {url}/\n".encode(), capture_output=True, timeout=seconds + 60, check=True)
    report = subprocess.run(["vegeta", "report", "-type=json"], input=done.stdout, capture_output=True, check=True)
    return float(json.loads(report.stdout)["throughput"])
