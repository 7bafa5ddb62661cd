"""What the platform's repository holds: both charts, and the values that production is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CHARTS: Final = Path(__file__).parent / "platform" / "charts"
ROOT: Final = "platform/infra/helm"
VALUES: Final = f"{ROOT}/market-intelligence/values-prod.yaml"
TEMPLATE: Final = f"{ROOT}/market-intelligence/templates/services.yaml"
_VALUES: Final = {
    VALUES: b"services:\n  gateway: { replicas: 3 }\n  prices: { replicas: 2 }\n",
    f"{ROOT}/infrastructure/values-prod.yaml": b"storage:\n  class: lab-ssd\n  size: 10Gi\n",
}


def files() -> dict[str, bytes]:
    """Each file by its path in the repository."""
    charts = (path for path in sorted(CHARTS.rglob("*")) if path.is_file() and path.suffix in {".yaml", ".tpl"})
    return {f"{ROOT}/{path.relative_to(CHARTS).as_posix()}": path.read_bytes() for path in charts} | _VALUES


def listing(held: Mapping[str, bytes]) -> str:
    """As ``git ls-tree -r`` writes it, by git's rule for the names of blobs, without git."""
    return "".join(f"100644 blob {_digest(content)}\t{path}\n" for path, content in sorted(held.items()))


def _digest(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
