"""Ports of labs side by side: a process of its own for each, as supervisors are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHOOSE = """
import sys
from golive_lab import context
context.CHOICE = range(31_900, 31_930)
ports = context.Ports()
print(sorted(ports.take(name) for name in "abcdefghijkl"), flush=True)
sys.stdin.read()
"""


def test_a_port_of_one_lab_is_not_chosen_by_another_before_its_server_has_taken_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "-c", CHOOSE]
    labs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        chosen = [lab.stdout.readline() for lab in labs if lab.stdout]
        ports = [port for line in chosen for port in json.loads(line)]
        assert len(ports) == len(set(ports)) == 24
    finally:
        for lab in labs:
            lab.communicate(timeout=10)
