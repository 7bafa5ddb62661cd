"""What a client's library takes to be imported is no part of a deadline: no server was asked in that time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from selftests.project import bare_target

CALL = """
import sys
from pathlib import Path

from golive.clients import {module} as client
from golive.errors import CannotEstablish
from golive.target.load import read

target, loaded, real = read(Path(sys.argv[1])).target, [], client.client_deadline

def begins(*words):
    loaded.append("{library}" in sys.modules)
    return real(*words)

client.client_deadline = begins
assert "{library}" not in sys.modules
try:
    client.{call}
except CannotEstablish:
    pass
print(loaded)
"""


@pytest.mark.parametrize(
    ("module", "library", "call"),
    [
        ("postgres", "psycopg.rows", 'PostgresClient(target).query("SELECT 1")'),
        ("kafka", "kafka.net.compat", 'KafkaClient(target).run("a look", None)'),
        ("kafka_handshake", "kafka.net.sasl", "greet(target)"),
        ("kafka_handshake", "kafka.net.sasl", 'why_not(target, "127.0.0.1:1")'),
        ("pagerduty", "pagerduty", 'PagerDutyClient(target, "an.item").in_maintenance("P1")'),
    ],
    ids=["PostgreSQL", "Kafka", "Kafka's login", "a broker's login", "PagerDuty"],
)
def test_the_library_is_loaded_before_a_deadline_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, library: str, call: str
) -> None:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", bare_target())
    for name in re.findall(r'env = "(GOLIVE_\w+)"', text):
        monkeypatch.setenv(name, "secret")
    target = tmp_path / "bare.toml"
    target.write_text(re.sub(r"(?m)^port = \d+", "port = 1", text), encoding="utf-8")
    script = CALL.format(module=module, library=library, call=call)
    said = subprocess.run([sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False)
    assert set(said.stdout.strip("[]\n").split(", ")) == {"True"}, said.stdout + said.stderr
