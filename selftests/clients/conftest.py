"""What the selftests of the clients share."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive_lab.certificates import Authority


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one secret that stands for each that a target names, and an authority."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "any").write_text("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", encoding="utf-8")
    Authority(folder)
    return folder
