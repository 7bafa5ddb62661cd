"""A run that asks no service names the builds that answered all the while, so that what it measured counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from selftests.project import Project

TEST = """
@pytest.mark.item("{item}")
def test_it(evidence):
    evidence.add(Seen())
    assert Seen()
"""


class Platform(ThreadingHTTPServer):
    """One service's health answers: each build once, the last one for ever. ``asked``: how often."""

    def __init__(self, *builds: str) -> None:
        self.builds, self.asked = list(builds), 0
        super().__init__(("127.0.0.1", 0), Health)

    def build(self) -> str:
        self.asked += 1
        return self.builds.pop(0) if len(self.builds) > 1 else self.builds[0]


class Health(BaseHTTPRequestHandler):
    server: Platform

    def do_GET(self) -> None:
        body = json.dumps({"status": "UP", "build": {"version": self.server.build()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    with Platform(*request.param) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def named(project: Project, platform: Platform, item: str, *arguments: str) -> dict[str, str]:
    """The builds in the record of a run of this one item."""
    phase = item.partition(".")[0]
    project.tests(f"tests_{phase}", it=TEST.format(item=item))
    url = f'gateway = {{ health = "http://127.0.0.1:{platform.server_port}/health" }}'
    project.target("answering", ('gateway = { health = "https://127.0.0.1/health" }', url))
    ran = project.run(*arguments, "-m", phase, target="answering")
    assert ran.headlines[item] == "PASS"
    builds: dict[str, str] = ran.record["identity"]["builds"]
    return builds


@pytest.mark.parametrize("arguments", [["-p", "no:xdist"], ["-n", "2"]], ids=["one process", "workers"])
@pytest.mark.parametrize("platform", [["b1"]], indirect=True)
def test_the_build_that_answers_is_named(project: Project, platform: Platform, arguments: list[str]) -> None:
    assert named(project, platform, "smoke.kafka", *arguments) == {"gateway": "b1"}
    assert platform.asked == 2


@pytest.mark.parametrize("platform", [["b1", "b2"]], indirect=True)
def test_one_that_was_deployed_in_between_is_not(project: Project, platform: Platform) -> None:
    assert named(project, platform, "smoke.kafka") == {}


@pytest.mark.parametrize("platform", [["b1"]], indirect=True)
def test_nobody_is_asked_where_the_tag_binds(project: Project, platform: Platform) -> None:
    assert named(project, platform, "preflight.code_freeze") == {}
    assert platform.asked == 0
