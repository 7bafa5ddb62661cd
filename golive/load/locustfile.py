"""What locust runs, in a process of its own and never in pytest's: users who make requests when these are due.

The folder named by the environment holds the plan and the tokens, and takes the progress and the result.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import gevent.ssl
import psutil
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.url import URL
from locust import FastHttpUser, events, runners, task
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.env import Environment
from locust.exception import StopUser

from golive.load import lifeline
from golive.load.arrivals import Arrival
from golive.load.files import FOLDER, PLAN_FILE, TOKENS, TOKENS_FILE
from golive.load.inside.conductor import Conductor
from golive.load.inside.start import Start
from golive.load.inside.tokens import Tokens
from golive.load.merging import Merge
from golive.load.plan import LATEST_SEND_S, LoadPlan
from golive.load.recorder import End, Recorder

REPORT_S = 1.0
"""Pace of a worker's reports to the master."""
EXIT_INTERRUPTED = 3
BODILESS = (204, 304)
"""Statuses whose answers have no body."""
KEY = "golive"
"""Where a worker's report to the master holds our counters."""

runners.WORKER_REPORT_INTERVAL = REPORT_S
folder = Path(os.environ[FOLDER])
plan = LoadPlan.model_validate_json((folder / PLAN_FILE).read_text(encoding="utf-8"))
recorder = Recorder(plan)
start = Start(plan)
tokens = Tokens(plan, Path(os.environ.get(TOKENS, folder / TOKENS_FILE)))


class Connections(HTTPClientPool):
    """One pool for all users of a process: a request takes the connection that was used last.

    The client sends again, as often as the pool is large, what a server closes without an answer. Once is right for a
    connection that had been idle; more would be load that nobody asked for.
    """

    def get_client(self, url: str | URL) -> HTTPClient:
        """The client of the one server."""
        client = super().get_client(url)
        client._connection_pool.size = 0  # read there as the number of further attempts, less one
        return client


def trust(**_: Any) -> gevent.ssl.SSLContext:
    """Verify the server's certificate and name."""
    return gevent.ssl.create_default_context(cafile=plan.ca_file or None)


class Sent:
    """A request on its way; it ends once."""

    __slots__ = ("arrival", "at_s", "over")

    def __init__(self, arrival: Arrival, at_s: float) -> None:
        self.arrival = arrival
        self.at_s = at_s
        self.over = False

    def end(self, end: End, status: int = 0) -> None:
        """Count it."""
        if not self.over:
            self.over = True
            recorder.ended(self.arrival, self.at_s, start.now_s(), end, status)


class Visitor(FastHttpUser):
    """Takes the next arrival, waits until it is due, and makes the request."""

    host = plan.base_url
    insecure = False
    max_redirects = 0
    ssl_context_factory = staticmethod(trust)
    connection_timeout = network_timeout = plan.timeout_s + 1  # for one step; the request's own is set around it
    client_pool = Connections(
        concurrency=plan.users // plan.processes,
        connection_timeout=connection_timeout,
        network_timeout=network_timeout,
        ssl_context_factory=trust,
    )
    arrival: Arrival | None = None

    def on_start(self) -> None:
        """Wait for the start. No cookie is kept."""
        self.client.client.cookiejar = None
        start.given.wait()

    def wait_time(self) -> float:
        """Seconds until the next arrival is due."""
        self.arrival = next(start.schedule, None)
        if self.arrival is None:
            recorder.exhausted = True
            raise StopUser
        recorder.taken += 1
        return max(self.arrival.due_s - start.now_s(), 0.0)

    @task
    def visit(self) -> None:
        """Make the request that is due."""
        arrival, now_s = self.arrival, start.now_s()
        if arrival is None:
            return
        if now_s - arrival.due_s > LATEST_SEND_S:
            recorder.dropped()
            return
        recorder.sent(arrival, now_s)
        self.send(Sent(arrival, now_s))

    def send(self, sent: Sent) -> None:
        """The request, within its timeout; the listener below counts its end."""
        endpoint = plan.endpoints[sent.arrival.endpoint]
        headers = tokens.headers[sent.arrival.endpoint]
        limit = gevent.Timeout(plan.timeout_s)
        limit.start()
        try:
            self.client.request("GET", endpoint.path, name=endpoint.name, headers=headers, context={KEY: sent})
        except gevent.Timeout:
            sent.end(End.TIMED_OUT)
        except Exception:  # counted whatever it was, and shown by locust
            sent.end(End.FAILED)
            raise
        finally:
            limit.close()


def record(
    context: dict[str, Any], response: Any, exception: BaseException | None, response_length: int, **_: Any
) -> None:
    """Count how a request ended: a status alone is no answer where the rest of it did not come."""
    sent: Sent = context[KEY]
    if exception is None or isinstance(exception, LocustBadStatusCode):
        status, endpoint = response.status_code, plan.endpoints[sent.arrival.endpoint]
        short = response_length < endpoint.least_bytes and status in endpoint.expected and status not in BODILESS
        sent.end(End.TOO_SHORT if short else End.ANSWERED, status)
    else:
        cause = getattr(exception, "original", exception)
        sent.end(End.TIMED_OUT if isinstance(cause, TimeoutError | gevent.Timeout) else End.FAILED)


def note_cpu() -> None:
    """The share of a core that a process uses, each second while it has something to do."""
    start.given.wait()
    process = psutil.Process()
    process.cpu_percent()
    while not recorder.finished:
        gevent.sleep(1)
        recorder.cpu.append(round(process.cpu_percent() / 100, 3))


class Locust:
    """What the conductor needs of locust's runner, a master or the only process."""

    def __init__(self, environment: Environment, runner: runners.Runner) -> None:
        self.environment = environment
        self.runner = runner

    def collect(self, merge: Merge) -> None:
        """The only process's own counters; workers report theirs."""
        if isinstance(self.runner, runners.LocalRunner):
            merge.take("local", recorder.snapshot())

    def workers(self) -> int:
        """How many processes make requests."""
        return self.runner.worker_count if isinstance(self.runner, runners.MasterRunner) else 1

    def locust_p95_ms(self) -> list[float | None]:
        """Locust's own 95th percentile of each endpoint."""
        stats = [self.runner.stats.get(endpoint.name, endpoint.method) for endpoint in plan.endpoints]
        return [one.get_response_time_percentile(0.95) or None for one in stats]

    def quit(self, status: int) -> None:
        """End locust, and its workers, with this exit status."""
        self.environment.process_exit_code = status
        self.runner.quit()


def begin(environment: Environment, runner: runners.Runner, **_: Any) -> None:
    """Give each process its part: master, worker, or both in one."""
    hold()
    events.spawning_complete.add_listener(lambda **_: start.give(getattr(runner, "worker_index", 0)))
    if not isinstance(runner, runners.WorkerRunner):
        conduct(environment, runner)
    if not isinstance(runner, runners.MasterRunner):
        tokens.read()
        gevent.spawn(tokens.follow)
        gevent.spawn(note_cpu)
        events.request.add_listener(record)
        events.report_to_master.add_listener(lambda data, **_: data.update({KEY: recorder.snapshot()}))


def conduct(environment: Environment, runner: runners.Runner) -> None:
    """Follow the load to its end, or until a signal ends it before."""
    conductor = Conductor(plan, folder, start, Locust(environment, runner))

    def quitting(**_: Any) -> None:
        if conductor.interrupt():
            environment.process_exit_code = EXIT_INTERRUPTED

    events.worker_report.add_listener(lambda client_id, data: conductor.merge.take(client_id, data[KEY]))
    events.quitting.add_listener(quitting)
    gevent.spawn(conductor.conduct)


def hold() -> None:
    """End with the parent, except where somebody else, such as a cluster's job, ends this worker."""
    starter = os.environ.get(lifeline.PARENT)
    if starter is not None:
        lifeline.hold(int(starter) if os.getpid() == loaded_by else loaded_by, watch)


def watch(descriptor: int, readable: Callable[[], None]) -> None:
    """Call back when something can be read."""
    watchers.append(gevent.get_hub().loop.io(descriptor, 1))
    watchers[-1].start(readable)


loaded_by = os.getpid()  # the master's number in the workers that it forks
watchers: list[Any] = []
events.init.add_listener(begin)
