"""The people and the ledger of every test here, and a machine that nobody told about UTF-8."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from pathlib import Path

import pytest

from selftests.ledgers import CHECKLIST, Release
from selftests.people import People


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """An empty ledger of the whole checklist."""
    return Release(tmp_path, CHECKLIST)


@pytest.fixture
def ascii_locale() -> Iterator[None]:
    """Files whose encoding is not named are ASCII, as in a container without LANG."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)
