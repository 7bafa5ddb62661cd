"""What the selftests share: a scratch project whose tests are written by the selftest itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is not a defect of what is tested: nothing here is judged by how long it took.
settings.register_profile("golive", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("golive")

pytest_plugins = ("pytester", "selftests.project")

SLOW = ("lab", "evidence", "load")
"""Folders whose files take minutes, the slowest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, in whatever order the rest comes: no worker is left alone with it at the end."""
    items.sort(key=lambda item: SLOW.index(folder) if (folder := _folder(item)) in SLOW else len(SLOW))


def _folder(item: pytest.Item) -> str:
    here = Path(__file__).parent
    return item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
