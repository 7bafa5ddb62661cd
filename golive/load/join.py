"""``python -m golive.load.join``: one more generator process for a master, on this machine or another one."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from golive.load.files import PLAN_FILE, TOKENS
from golive.load.generator import environment, locust


def main() -> None:
    """Become a worker of that master, with its plan; it ends when the master ends it or is gone for a minute."""
    parser = argparse.ArgumentParser(prog="python -m golive.load.join", description=__doc__)
    parser.add_argument("--master", required=True, metavar="HOST:PORT")
    parser.add_argument("--plan", required=True, type=Path, help="the plan's file, the same as the master's")
    parser.add_argument("--tokens", type=Path, help="JSON file of persona and bearer token; read again when replaced")
    given = parser.parse_args()
    host, _, port = given.master.rpartition(":")
    folder = Path(tempfile.mkdtemp(prefix="golive-load-"))
    (folder / PLAN_FILE).write_text(given.plan.read_text(encoding="utf-8"), encoding="utf-8")
    variables = environment(folder) | ({TOKENS: str(given.tokens.resolve())} if given.tokens else {})
    command = [*locust(), "--worker", "--master-host", host, "--master-port", port]
    os.chdir(folder)
    os.execve(command[0], command, variables)  # noqa: S606 - the worker takes this process's place, and its signals


if __name__ == "__main__":
    main()
