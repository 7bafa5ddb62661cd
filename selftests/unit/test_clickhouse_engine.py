"""The lab's ClickHouse engine, in a process of its own as in the lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from golive_lab.clickhouse_http.engine import Engine
engine = Engine(Path(sys.argv[1]), logs_queries=sys.argv[2] == "log")
print(engine._scalar("EXISTS system.query_log"))
engine.close()
"""


@pytest.mark.parametrize(("words", "there"), [("log", "1"), ("no log", "0")])
def test_its_log_of_queries_is_there_from_the_first_query_on(words: str, there: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(data), words], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == there
