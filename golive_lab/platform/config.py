"""What each process of the platform is told at its start: one JSON file, which names secret files but holds no secret.

Durations are seconds. The lab writes these models; the processes read them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

HOST = "127.0.0.1"
"""Everything listens on loopback alone."""
INSTANCE_PATH = "/-/instance"
"""Tells the lab which launch answers and how it gets on, whatever faults are set; no part of the platform's API."""
SYNTHETIC = "SYNTHETIC"
"""The market of the instrument whose prices only a test suite makes: live streams have it, and no store."""
METRICS_PATH = "/-/metrics"
"""What the service tells Prometheus of itself; no part of the platform's API either."""


class Section(BaseModel):
    """Base of all settings: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Web(Section):
    """How a process answers over HTTP; with ``cert_file`` it speaks TLS only."""

    service: str
    instance: str
    """Names this very launch, so that nobody takes another process on the same port for it."""
    port: int
    release: str
    previous_release: str
    image: str = ""
    """By digest: what the service says that it runs."""
    health_path: str
    health_format: str
    version_header: str
    faults_file: Path
    log_file: Path
    """Gets a line of JSON a log record; the shipper follows it."""
    fields: dict[str, str] = {}
    """Fields that this platform's answers call otherwise than this code does."""
    cert_file: Path | None = None
    key_file: Path | None = None


class Login(Section):
    """A user name and the file that holds its password, read anew for every connection."""

    username: str
    password_file: Path

    @property
    def password(self) -> str:
        """The password as it stands in the file now."""
        return self.password_file.read_text(encoding="utf-8").strip()


class Postgres(Section):
    """The operational database, reached as the application's role."""

    port: int
    database: str
    login: Login
    ca_file: Path


class ClickHouse(Section):
    """The warehouse, reached over HTTPS."""

    port: int
    database: str
    login: Login
    ca_file: Path


class Kafka(Section):
    """The broker, reached with SCRAM over TLS, and the topic of each market; the gateway has the synthetic one too."""

    bootstrap: str
    login: Login
    ca_file: Path
    topics: dict[str, str]


class Identity(Section):
    """Who issues the tokens, and where its keys stand."""

    issuer: str
    audience: str
    keys_url: str
    ca_file: Path


class ObjectStorage(Section):
    """Where exports are put, with the platform's own keys."""

    port: int
    region: str
    access_key_file: Path
    secret_key_file: Path
    bucket: str


class Hub(Section):
    """The Web Hub: where the page stands, and which client it logs in as."""

    path: str
    client_id: str


class GatewaySettings(Section):
    """The API gateway's; ``paths`` has the path of each operation, below ``route_prefix``."""

    web: Web
    route_prefix: str
    paths: dict[str, str]
    paging: str
    postgres: Postgres
    identity: Identity
    kafka: Kafka
    hub: Hub
    prices_url: str
    instruments_url: str
    jobs_url: str


class JobsSettings(Section):
    """The jobs service's."""

    web: Web
    postgres: Postgres
    clickhouse: ClickHouse
    object_storage: ObjectStorage


class PricesSettings(Section):
    """The prices service's; ``paging`` is ``cursor`` or ``page``."""

    web: Web
    clickhouse: ClickHouse
    paging: str


class InstrumentsSettings(Section):
    """The instruments service's."""

    web: Web
    postgres: Postgres


class FeederSettings(Section):
    """The feeder's; ``interval`` is the time between two feeds of every market."""

    web: Web
    kafka: Kafka
    interval: float


class IngestSettings(Section):
    """The ingest's; ``group`` is its consumer group."""

    web: Web
    kafka: Kafka
    clickhouse: ClickHouse
    group: str


Settings = TypeVar("Settings", bound=Section)


def from_command_line(model: type[Settings]) -> Settings:
    """The settings in the file that ``--config`` names. Raises ValidationError, which says what is wrong in it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by the lab")
    return model.model_validate_json(parser.parse_args().config.read_text(encoding="utf-8"))
