"""A kept lab with a cluster, one a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from golive_lab.kubernetes.deploying import Site
from selftests.clusters import kept_lab


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A kept lab with a cluster and a registry."""
    with kept_lab(tmp_path_factory.mktemp("state"), "registry") as kept:
        yield kept
