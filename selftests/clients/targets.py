"""The lab's target, moved to where a peer listens, with short limits."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from golive.target import Target

ROOT = Path(__file__).parents[2]
CONNECT, OPERATION, HEALTH = 1.0, 1.5, 1.0


def target_at(port: int, secrets: Path) -> Target:
    """The lab's target with every system at that port."""
    data: dict[str, Any] = tomllib.loads((ROOT / "targets" / "lab.toml").read_text(encoding="utf-8"))
    data = _secrets_at(data, secrets / "any")
    place = f"127.0.0.1:{port}"
    data["ca_file"] = secrets / "ca.pem"
    data["limits"] = {"connect": CONNECT, "operation": OPERATION, "health": HEALTH, "item": 20}
    data["services"] = {name: {"health": f"http://{place}/health"} for name in data["services"]}
    data["postgres"]["port"] = data["clickhouse"]["port"] = port
    data["kafka"] |= {"bootstrap": [place], "round_trip_seconds": 1}
    data["object_storage"]["url"] = f"http://{place}"
    data["identity"]["url"] = data["gateway"]["url"] = f"https://{place}"
    return Target.model_validate(data)


def _secrets_at(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {"file": path} if value.keys() == {"file"} else {k: _secrets_at(v, path) for k, v in value.items()}
    return value
