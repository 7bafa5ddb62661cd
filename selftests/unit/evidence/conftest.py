"""The people of every test here."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftests.people import People


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)
