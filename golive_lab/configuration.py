"""How a lab's platform is set up: names, shapes and paths. Kept apart from every target file on purpose.

A target that was generated from this (or the other way round) would agree with the lab by construction and
prove nothing; both are written by hand.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "configurations"


class Part(BaseModel):
    """Base of the configuration's tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformShape(Part):
    """Where the platform answers and what its answers look like."""

    release: str
    route_prefix: str
    """Prefix of the API's routes, for instance ``/api/v1``."""
    health_path: str
    health_format: str
    """``flat``: {"status": "UP", "version": ...}; ``nested``: {"state": {"overall": "ok"}, "build": {"tag": ...}}."""
    version_header: str
    feed_interval: float
    """Seconds between two feeds of every market."""
    hub_path: str
    """Where the Web Hub's page stands."""
    paging: str
    """``cursor``: the next page is asked for by an opaque word; ``page``: by its number."""
    paths: dict[str, str]
    """Path of each operation of the API, below ``route_prefix``."""
    fields: dict[str, str] = {}
    """Fields of the API that are called otherwise than in the platform's code."""


class Names(Part):
    """What the stores and the realm are called."""

    postgres_database: str
    postgres_role: str
    clickhouse_database: str
    clickhouse_user: str
    realm: str
    audience: str
    web_client: str
    redirect_uri: str
    topic_miso: str
    topic_caiso: str
    topic_synthetic: str
    """Of the instrument whose prices only the suite makes."""
    suite_topic: str
    consumer_group: str
    suite_bucket: str
    buckets: list[str]


class ClusterShape(Part):
    """Names in the cluster."""

    application_namespace: str
    infrastructure_namespace: str
    application_release: str
    """Helm's."""
    infrastructure_release: str
    storage_class: str
    nodes: dict[str, str]
    """Zone of each, by its name."""
    registry_asks_for: Literal["token", "password"]


class Configuration(Part):
    """One configuration of the lab; ``reference`` and ``variant`` ship with it."""

    name: str
    target: str
    """What the people of this platform call it in their statements."""
    platform: PlatformShape
    names: Names
    cluster: ClusterShape

    @classmethod
    def load(cls, name: str) -> Configuration:
        """Read ``configurations/<name>.toml``. Raises LookupError with the names that exist."""
        path = FOLDER / f"{name}.toml"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
            raise LookupError(f"the lab has no configuration {name!r}; it has: {known}")
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

    @property
    def digest(self) -> str:
        """sha256 of the configuration, to tell a kept lab of another make."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
