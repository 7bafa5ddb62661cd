"""The target file as typed, frozen models: every field a platform may differ in, and no secret value.

Durations are seconds, sizes are counts; ``targets/production.example.toml`` explains every field.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from golive.target.alerts import Alerts
from golive.target.base import AnswerField, ExpectedAnswer, HttpUrl, NonEmpty, Port, RoutePath, Seconds, Section
from golive.target.change import Change
from golive.target.cluster import Cluster, Deployment, Migrations, Volumes
from golive.target.documentation import Documentation
from golive.target.edge import Allowlist, Cdn, Dns, Edge
from golive.target.evidence import Evidence
from golive.target.functional import Api, Export, Scenario, Stream
from golive.target.grafana import Grafana
from golive.target.hub import Hub
from golive.target.kafka import Kafka
from golive.target.keycloak import Keycloak
from golive.target.logs import Logs
from golive.target.metrics import Metrics, Resources
from golive.target.network import NetworkPolicies
from golive.target.pagerduty import PagerDuty
from golive.target.performance import Load, StreamLoad, load_fits, synthetic_is_apart
from golive.target.queries import Queries
from golive.target.registries import Registry
from golive.target.rehearsal import Rehearsal
from golive.target.rollback import Rollback
from golive.target.scans import Scans
from golive.target.secret_rotation import SecretRotation
from golive.target.secrets import SecretReference
from golive.target.source import Source
from golive.target.status_page import StatusPage
from golive.target.success_metrics import SuccessMetrics


class Level(StrEnum):
    """What a run may do to a target; ``golive plan`` and every item speak in these words."""

    OBSERVE = "observe"
    PROBE = "probe"
    CANARY = "canary"
    LOAD = "load"
    DISRUPT = "disrupt"


class HealthFormat(Section):
    """How a service's health answer says that it is healthy, and which build it is."""

    healthy: ExpectedAnswer
    version: AnswerField


class Service(Section):
    """One service of the platform; ``health`` is its full URL. ``format`` overrides the platform's default."""

    health: HttpUrl
    format: HealthFormat | None = None


class Postgres(Section):
    """PostgreSQL, reached as the application's own role."""

    host: NonEmpty
    port: Port = 5432
    database: NonEmpty
    role: NonEmpty
    password: SecretReference
    services: Annotated[frozenset[str], Field(min_length=1)]
    """``application_name`` of every service that must hold a connection."""
    min_free_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Share of the connections open to ordinary roles that must be free."""


class ClickHouse(Section):
    """ClickHouse's HTTPS interface, reached as the application's own user."""

    host: NonEmpty
    port: Port = 8443
    database: NonEmpty
    user: NonEmpty
    password: SecretReference
    plaintext_ports: frozenset[Port] = frozenset()
    """Ports that must not answer without TLS, besides ``port`` itself."""
    services: frozenset[str] = frozenset()
    """Client names, up to a slash or a space, that must have asked lately; empty where the server cannot tell."""
    min_free_share: Annotated[float, Field(gt=0, lt=1)] = 0.2


class ObjectStorage(Section):
    """MinIO or another S3, with the suite's own key pair and bucket."""

    url: HttpUrl
    region: NonEmpty = "us-east-1"
    access_key: SecretReference
    secret_key: SecretReference
    suite_bucket: NonEmpty
    """The suite writes here, under its own prefix, and nowhere else."""
    buckets: Annotated[frozenset[str], Field(min_length=1)]
    """Buckets that the platform needs; none of them may be listed or read anonymously."""
    live: RoutePath = "/minio/health/live"
    ready: RoutePath = "/minio/health/ready"


class Persona(Section):
    """A customer or operator that the suite logs in as."""

    flow: Literal["authorization_code", "client_credentials"]
    client_id: NonEmpty
    client_secret: SecretReference | None = None
    redirect_uri: HttpUrl | None = None
    username: NonEmpty | None = None
    password: SecretReference | None = None
    totp: SecretReference | None = None
    """Base32 seed of the persona's one-time passwords, where the realm asks for them."""
    totp_required: bool = False
    """The realm must ask this persona for a one-time password."""
    scope: str = "openid"

    @model_validator(mode="after")
    def _complete(self) -> Persona:
        needed = {
            "authorization_code": ("redirect_uri", "username", "password"),
            "client_credentials": ("client_secret",),
        }[self.flow]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"the {self.flow} flow also needs {', '.join(missing)}")
        return self


class ThrowAwayUser(Section):
    """A user who exists only so that one wrong password can be tried on them."""

    client_id: NonEmpty
    redirect_uri: HttpUrl
    username: NonEmpty


class ShortLived(Section):
    """A confidential client whose access tokens expire within seconds, to show that the gateway minds."""

    client_id: NonEmpty
    client_secret: SecretReference
    leeway: Annotated[float, Field(ge=0, le=60)] = 0
    """Clock leeway that the gateway declares, in seconds."""


class Personas(Section):
    """The personas that the checklist speaks of, and any further ones under ``others``."""

    miso: Persona
    caiso: Persona
    admin: Persona
    others: dict[str, Persona] = Field(default_factory=dict)

    def by_name(self) -> dict[str, Persona]:
        """Every persona under its name."""
        return {"miso": self.miso, "caiso": self.caiso, "admin": self.admin, **self.others}

    def client_ids(self) -> frozenset[str]:
        """The clients that they log in through."""
        return frozenset(persona.client_id for persona in self.by_name().values())


class Identity(Section):
    """Keycloak: the realm that issues the platform's tokens."""

    url: HttpUrl
    realm: NonEmpty
    issuer: HttpUrl
    """Exactly as it must stand in the tokens' ``iss``."""
    audience: NonEmpty
    """Must stand in the tokens' ``aud``."""
    max_token_seconds: Seconds = 900
    personas: Personas
    throw_away: ThrowAwayUser
    short_lived: ShortLived


class Gateway(Section):
    """The API gateway under its public URL."""

    url: HttpUrl
    authenticated: RoutePath
    """Answers 200 to every persona with a valid token, whatever its entitlements."""
    entitled: RoutePath
    """A read route that the MISO persona may use; 401 without a token."""
    unknown: RoutePath = "/golive-no-such-route"
    version: AnswerField
    """Where an answer of the gateway, a refusal too, says which release gave it."""


class Limits(Section):
    """Deadlines of the suite's own work on this target, in seconds."""

    connect: Seconds = 3
    """To establish one connection."""
    operation: Seconds = 10
    """For one whole client operation, connection included."""
    health: Seconds = 2
    """For one health answer: later is a FAIL of smoke.health."""
    item: Seconds = 60
    """For one item as a whole, set-up and teardown included."""


class NotApplicable(Section):
    """Why an item of the checklist does not apply to this target; only items that allow it accept this."""

    reason: Annotated[str, Field(min_length=10)]


class Target(Section):
    """One target: where to look, as whom, what is normal there, and what a run may do."""

    name: NonEmpty
    title: NonEmpty
    release: str = ""
    """Expected release tag; ``--release`` overrides it."""
    levels: Annotated[frozenset[Level], Field(min_length=1)]
    environment: Literal["production", "staging", "test"] = "production"
    """What it is. On production, which is what is not said to be something else, nothing is ever rehearsed."""
    provider: str = ""
    """Name of an installed target provider that brings the systems up (``lab``); empty for a real platform."""
    provider_options: dict[str, Any] = Field(default_factory=dict)
    ca_file: Path | None = None
    """PEM bundle of the authorities to trust; the system's own where absent."""
    services: Annotated[dict[str, Service], Field(min_length=1)]
    health: HealthFormat
    postgres: Postgres
    clickhouse: ClickHouse
    kafka: Kafka
    object_storage: ObjectStorage
    identity: Identity
    gateway: Gateway
    api: Api | None = None
    stream: Stream | None = None
    export: Export | None = None
    scenario: Scenario | None = None
    hub: Hub | None = None
    load: Load | None = None
    stream_load: StreamLoad | None = None
    logs: Logs | None = None
    metrics: Metrics | None = None
    resources: Resources | None = None
    keycloak: Keycloak | None = None
    dns: Dns | None = None
    edge: Edge | None = None
    allowlist: Allowlist | None = None
    cdn: Cdn | None = None
    scans: Scans | None = None
    secret_rotation: SecretRotation | None = None
    registries: dict[NonEmpty, Registry] = Field(default_factory=dict)
    """Under the names by which images name them."""
    queries: Queries | None = None
    evidence: Evidence | None = None
    source: Source | None = None
    pagerduty: PagerDuty | None = None
    change: Change | None = None
    rollback: Rollback | None = None
    status_page: StatusPage | None = None
    documentation: Documentation | None = None
    alerts: Alerts | None = None
    grafana: Grafana | None = None
    success_metrics: SuccessMetrics | None = None
    cluster: Cluster = Cluster()
    deployment: Deployment | None = None
    migrations: Migrations | None = None
    volumes: Volumes | None = None
    network_policies: NetworkPolicies | None = None
    rehearsal: Rehearsal | None = None
    limits: Limits = Limits()
    not_applicable: dict[str, NotApplicable] = Field(default_factory=dict)

    _synthetic_is_apart = model_validator(mode="after")(synthetic_is_apart)
    _load_fits = model_validator(mode="after")(load_fits)

    def has(self, table: str) -> bool:
        """Whether it describes that table, as ``metrics.requests``."""
        section: object = self
        for name in table.split("."):
            section = getattr(section, name, None)
        return section is not None
