"""The six processes of the reference platform: what each is told, and how the lab knows that it answers.

Option ``other_ca``: the gateway shows a certificate that nobody trusts.
"""

from __future__ import annotations

import re
import ssl
import sys
import time
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import httpx

from golive_lab.certificates import Authority, Certificate
from golive_lab.context import Lab
from golive_lab.files import write_json
from golive_lab.image_scans import image
from golive_lab.platform import config
from golive_lab.platform.config import HOST, INSTANCE_PATH, SYNTHETIC
from golive_lab.process import python_environment
from golive_lab.services.base import LabService, Launch
from golive_lab.services.object_storage import REGION


class PlatformService(LabService):
    """What the six have in common."""

    system: ClassVar[str] = "services"
    ready_seconds: ClassVar[float] = 30
    scheme: ClassVar[str] = "http"
    uses: ClassVar[frozenset[str]]
    """The servers of the lab that it calls."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self.port = lab.ports.take(self.name)
        self._instance = ""

    @abstractmethod
    def settings(self) -> config.Section:
        """What the process is told."""

    def launch(self) -> Launch:
        """The process; its configuration is written anew, so that options and a new instance name take effect."""
        self._instance = uuid.uuid4().hex
        home = self.lab.data(self.name)
        file = home / "config.json"
        write_json(file, self.settings().model_dump(mode="json"))
        argv = (sys.executable, "-P", "-m", f"golive_lab.platform.{self.name}", "--config", str(file))
        return Launch(argv, python_environment(), home)

    def ready(self) -> str | None:
        """Whether the very process of the last launch answers; faults that are set do not matter here."""
        try:
            answer = self._ask()
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        if answer.get("instance") != self._instance:
            return f"another process answers on port {self.current_port}"
        return None

    def joined(self, running: frozenset[str], since: float = float("-inf")) -> str | None:
        """None once it has reached all those of the ``running`` servers that it uses; otherwise what it still lacks.

        ``since``, on this process's monotonic clock, leaves out what it had reached before. Never blocks over 1 s.
        """
        try:
            confirmed = self._ask().get("confirmed", {})
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        patience = time.monotonic() - since
        absent = sorted(name for name in self.uses & running if confirmed.get(name, patience) >= patience)
        return f"{self.name} has not reached {', '.join(absent)}" if absent else None

    def overlay(self) -> dict[str, Any]:
        """Where the service tells its health."""
        health = f"{self.url}{self.lab.configuration.platform.health_path}"
        return {"services": {self.name: {"health": health}}}

    @property
    def url(self) -> str:
        """Where its clients reach it."""
        return f"{self.scheme}://{HOST}:{self.port}"

    @property
    def _ca_file(self) -> Path:
        """What signed this service's own certificate."""
        return self.lab.authority.ca_file

    def _ask(self) -> dict[str, Any]:
        verify = _trust(self._ca_file) if self.scheme == "https" else False
        with httpx.Client(verify=verify, timeout=1, trust_env=False) as client:
            address = f"{self.scheme}://{HOST}:{self.current_port}{INSTANCE_PATH}"
            answer: dict[str, Any] = client.get(address).raise_for_status().json()
            return answer

    # parts of the settings

    def _web(self, certificate: Certificate | None = None) -> config.Web:
        shape = self.lab.configuration.platform
        return config.Web(
            service=self.name,
            instance=self._instance,
            port=self.current_port,
            release=shape.release,
            previous_release=previous(shape.release),
            image=image(self.name, shape.release),
            health_path=shape.health_path,
            health_format=shape.health_format,
            version_header=shape.version_header,
            fields=shape.fields,
            faults_file=self.lab.faults_file,
            log_file=self.lab.service_log(self.name),
            cert_file=certificate.cert_file if certificate else None,
            key_file=certificate.key_file if certificate else None,
        )

    def _login(self, prefix: str, username: str) -> config.Login:
        return config.Login(username=username, password_file=self.lab.secrets.path(f"{prefix}-{username}"))

    def _postgres(self) -> config.Postgres:
        names = self.lab.configuration.names
        return config.Postgres(
            port=self.lab.ports.take("postgres"),
            database=names.postgres_database,
            login=self._login("postgres", names.postgres_role),
            ca_file=self.lab.authority.ca_file,
        )

    def _clickhouse(self) -> config.ClickHouse:
        names = self.lab.configuration.names
        return config.ClickHouse(
            port=self.lab.ports.take("clickhouse"),
            database=names.clickhouse_database,
            login=self._login("clickhouse", names.clickhouse_user),
            ca_file=self.lab.authority.ca_file,
        )

    def _kafka(self, further: Mapping[str, str] | None = None) -> config.Kafka:
        """Kafka with the two markets' topics, and further ones."""
        names = self.lab.configuration.names
        return config.Kafka(
            bootstrap=f"{HOST}:{self.lab.ports.take('kafka')}",
            login=self._login("kafka", "platform"),
            ca_file=self.lab.authority.ca_file,
            topics={"MISO": names.topic_miso, "CAISO": names.topic_caiso, **(further or {})},
        )


class GatewayService(PlatformService):
    """The API gateway, over TLS."""

    name: ClassVar[str] = "gateway"
    system: ClassVar[str] = "gateway"
    scheme: ClassVar[str] = "https"
    uses: ClassVar[frozenset[str]] = frozenset({"keycloak", "postgres", "kafka", "prices", "instruments", "jobs"})

    def settings(self) -> config.GatewaySettings:
        """Certificate, routes, tokens, and the services behind."""
        names, shape = self.lab.configuration.names, self.lab.configuration.platform
        issuer = f"https://{HOST}:{self.lab.ports.take('keycloak')}/realms/{names.realm}"
        return config.GatewaySettings(
            web=self._web(self._authority.issue("gateway")),
            route_prefix=shape.route_prefix,
            paths=shape.paths,
            paging=shape.paging,
            postgres=self._postgres(),
            kafka=self._kafka({SYNTHETIC: names.topic_synthetic}),
            hub=config.Hub(path=shape.hub_path, client_id=names.web_client),
            identity=config.Identity(
                issuer=issuer,
                audience=names.audience,
                keys_url=f"{issuer}/protocol/openid-connect/certs",
                ca_file=self.lab.authority.ca_file,
            ),
            prices_url=f"http://{HOST}:{self.lab.ports.take('prices')}",
            instruments_url=f"http://{HOST}:{self.lab.ports.take('instruments')}",
            jobs_url=f"http://{HOST}:{self.lab.ports.take('jobs')}",
        )

    def overlay(self) -> dict[str, Any]:
        """The public address besides."""
        return {"gateway": {"url": self.url}, "hub": {"url": self.url}, **super().overlay()}

    @property
    def _authority(self) -> Authority:
        if "other_ca" in self.options.names:
            return Authority(self.lab.authority.folder, name="other-ca")
        return self.lab.authority

    @property
    def _ca_file(self) -> Path:
        return self._authority.ca_file


class PricesService(PlatformService):
    """Prices out of ClickHouse."""

    name: ClassVar[str] = "prices"
    uses: ClassVar[frozenset[str]] = frozenset({"clickhouse"})

    def settings(self) -> config.PricesSettings:
        """Its store."""
        paging = self.lab.configuration.platform.paging
        return config.PricesSettings(web=self._web(), clickhouse=self._clickhouse(), paging=paging)


class InstrumentsService(PlatformService):
    """Instruments out of PostgreSQL."""

    name: ClassVar[str] = "instruments"
    uses: ClassVar[frozenset[str]] = frozenset({"postgres"})

    def settings(self) -> config.InstrumentsSettings:
        """Its store."""
        return config.InstrumentsSettings(web=self._web(), postgres=self._postgres())


class FeederService(PlatformService):
    """Prices into Kafka."""

    name: ClassVar[str] = "feeder"
    uses: ClassVar[frozenset[str]] = frozenset({"kafka"})

    def settings(self) -> config.FeederSettings:
        """Its topics and pace."""
        interval = self.lab.configuration.platform.feed_interval
        return config.FeederSettings(web=self._web(), kafka=self._kafka(), interval=interval)


class IngestService(PlatformService):
    """Prices from Kafka into ClickHouse."""

    name: ClassVar[str] = "ingest"
    uses: ClassVar[frozenset[str]] = frozenset({"kafka", "clickhouse"})

    def settings(self) -> config.IngestSettings:
        """Where from, where to, and as which group."""
        group = self.lab.configuration.names.consumer_group
        return config.IngestSettings(web=self._web(), kafka=self._kafka(), clickhouse=self._clickhouse(), group=group)


class JobsService(PlatformService):
    """Exports and scenarios."""

    name: ClassVar[str] = "jobs"
    uses: ClassVar[frozenset[str]] = frozenset({"postgres", "clickhouse", "object_storage"})

    def settings(self) -> config.JobsSettings:
        """Its stores."""
        return config.JobsSettings(
            web=self._web(),
            postgres=self._postgres(),
            clickhouse=self._clickhouse(),
            object_storage=config.ObjectStorage(
                port=self.lab.ports.take("object_storage"),
                region=REGION,
                access_key_file=self.lab.secrets.path("s3-platform-access-key"),
                secret_key_file=self.lab.secrets.path("s3-platform-secret-key"),
                bucket=self.lab.configuration.names.buckets[0],
            ),
        )


def previous(release: str) -> str:
    """A tag as the release before would have carried it: the first number is one less."""
    return re.sub(r"\d+", lambda number: str(int(number[0]) - 1), release, count=1)


def _trust(ca_file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_file))
