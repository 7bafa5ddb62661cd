"""Plain locust, as a user would write it, for what golive's driver is laid beside. Run by ``stock.py`` only.

Environment: STOCK_USER (http, fast, recorded), STOCK_PATH, STOCK_OUT (file for the figures).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, HttpUser, User, constant, events, task
from locust.env import Environment

from golive.load.arrivals import Arrival
from golive.load.plan import Endpoint, LoadPlan
from golive.load.recorder import End, Recorder

KIND = os.environ["STOCK_USER"]
PATH = os.environ["STOCK_PATH"]
PLAN = LoadPlan(
    base_url="http://127.0.0.1:1",
    endpoints=(Endpoint(name="stock", path=PATH),),
    rate=1000,
    window_s=60,
    block_s=1,
    limit_ms=250,
    timeout_s=2,
)
LAST_BLOCK = PLAN.blocks - 1
began: dict[str, float] = {}
recorder = Recorder(PLAN)


def ask(user: User) -> None:
    client: Any = user.client  # type: ignore[attr-defined] # both clients have the same face
    if KIND != "recorded":
        client.get(PATH)
        return
    now_s = time.perf_counter() - began["at"]
    arrival = Arrival(now_s, 0, min(int(now_s), LAST_BLOCK))
    recorder.sent(arrival, now_s)
    client.get(PATH, context={"arrival": arrival})


if KIND == "http":

    class Http(HttpUser):
        """Locust's usual client; asks again as soon as the answer is there."""

        wait_time = constant(0)

        @task
        def ask(self) -> None:
            ask(self)
else:

    class Fast(FastHttpUser):
        """Locust's fast client; asks again as soon as the answer is there."""

        wait_time = constant(0)

        @task
        def ask(self) -> None:
            ask(self)


def record(context: dict[str, Arrival], response: Any, **_: Any) -> None:
    arrival = context["arrival"]
    recorder.ended(arrival, arrival.due_s, time.perf_counter() - began["at"], End.ANSWERED, response.status_code)


def begin(**_: Any) -> None:
    if KIND == "recorded":
        events.request.add_listener(record)
    began.update(at=time.perf_counter(), cpu=time.process_time())


def end(environment: Environment, **_: Any) -> None:
    total = environment.stats.total
    figures = {
        "n": total.num_requests,
        "failures": total.num_failures,
        "wall_s": time.perf_counter() - began["at"],
        "cpu_s": time.process_time() - began["cpu"],
        "p95_ms": total.get_response_time_percentile(0.95) if total.num_requests else None,
        "max_ms": total.max_response_time,
    }
    Path(os.environ["STOCK_OUT"]).write_text(json.dumps(figures), encoding="utf-8")


events.test_start.add_listener(begin)
events.test_stop.add_listener(end)
