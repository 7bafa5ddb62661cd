"""Servers of known latency and plans to load them with; a decision by the plainest exact binomial."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scipy.stats import binom

from golive.load.plan import Endpoint, LoadPlan
from golive.load.result import Block, LoadResult
from golive_lab.certificates import Certificate

SERVER = Path(__file__).with_name("server.py")
LIMIT_MS = 250


class Server:
    """A running server of known latency; ``ledger`` is there once it has ended."""

    def __init__(self, process: subprocess.Popen[str], scheme: str) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())
        self.scheme = scheme
        self.ledger: dict[str, dict[str, int]] = {}

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def end(self) -> None:
        if not self.ledger:
            out, _ = self.process.communicate(timeout=20)
            self.ledger = json.loads(out)


@contextlib.contextmanager
def server(*, certificate: Certificate | None = None, limit_ms: float = LIMIT_MS, **paths: Any) -> Iterator[Server]:
    """A server with a path for each keyword; its ledger says which answers took as long as the limit.

    With a certificate it speaks HTTPS.
    """
    plans = json.dumps({f"/{name}": how for name, how in paths.items()})
    files = [str(certificate.cert_file), str(certificate.key_file)] if certificate else []
    command = [sys.executable, str(SERVER), str(limit_ms), plans, *files]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        running = Server(process, "https" if certificate else "http")
        try:
            yield running
        finally:
            if process.poll() is None and not running.ledger:
                running.end()


def plan(url: str, *names: str, **fields: Any) -> LoadPlan:
    """A plan for these paths, of equal weight."""
    endpoints = tuple(Endpoint(name=name, path=f"/{name}") for name in names)
    given = {"rate": 100, "window_s": 5, "block_s": 1, "limit_ms": LIMIT_MS, "timeout_s": 2} | fields
    return LoadPlan(base_url=url, endpoints=given.pop("endpoints", endpoints), **given)


def decide(result: LoadResult, total: Block, *, alpha: float = 0.05) -> str:
    """PASS, FAIL or INCONCLUSIVE of the claim that less than 5 % are over; bursts are golive.stats' subject."""
    if binom.cdf(total.over, total.n, 0.05) <= alpha and not result.against_pass():
        return "PASS"
    if binom.sf(result.surely_over(total) - 1, total.n, 0.05) <= alpha and not result.against_fail():
        return "FAIL"
    return "INCONCLUSIVE"


def show(*lines: str) -> None:
    """Figures beside a test's verdict, for whoever runs it with -s or sees it fail: true against measured."""
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
