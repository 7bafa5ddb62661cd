"""The lab's stand-ins as its servers: one process each, with a token that is made anew for each lab."""

from __future__ import annotations

import ssl
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from golive_lab.files import write_json
from golive_lab.platform.config import HOST, INSTANCE_PATH
from golive_lab.process import python_environment
from golive_lab.realm import BATCH_CLIENT
from golive_lab.services.base import LabService, Launch
from golive_lab.standins import manual, registry_tokens, vault

if TYPE_CHECKING:
    from golive_lab.context import Lab

NOTE = "a stand-in of the lab's"


class StandInService(LabService):
    """One vendor's stand-in."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    """Names of the secrets that the stand-in knows; ``token`` is the one that is to be shown to it."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._instance = ""

    def launch(self) -> Launch:
        """The process, told everything by one file."""
        self._instance = uuid.uuid4().hex
        home = self.lab.data(self.name)
        certificate = self.lab.authority.issue(self.name)
        settings = {
            "instance": self._instance,
            "vendor": self.name,
            "port": self.current_port,
            "release": self.lab.configuration.platform.release,
            "faults_file": str(self.lab.faults_file),
            "certificate": str(certificate.cert_file),
            "key": str(certificate.key_file),
            "secrets": {name: str(path) for name, path in self._known().items()},
        }
        write_json(home / "config.json", settings)
        argv = (sys.executable, "-P", "-m", "golive_lab.standins", "--config", str(home / "config.json"))
        return Launch(argv, python_environment(), home)

    def _known(self) -> dict[str, Path]:
        """The secrets that it knows, by its own names for them."""
        return {name: self.lab.secrets.path(f"{self.name}-{name}") for name in self.secrets}

    def ready(self) -> str | None:
        """Whether the very process of the last launch answers."""
        trusted = ssl.create_default_context(cafile=str(self.lab.authority.ca_file))
        try:
            with httpx.Client(timeout=1, trust_env=False, verify=trusted) as client:
                url = f"https://{HOST}:{self.current_port}{INSTANCE_PATH}"
                answer = client.get(url).raise_for_status().json()
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.get("instance") == self._instance else "another process answers"

    def overlay(self) -> dict[str, Any]:
        """Address, token, and that it is a stand-in."""
        token = {"file": str(self.lab.secrets.path(f"{self.name}-token"))}
        return {self.system: {"url": self.url, "token": token, "note": NOTE}}

    @property
    def url(self) -> str:
        """Where the target finds it."""
        return f"https://{HOST}:{self.lab.ports.take(self.name)}"


class PagerDutyService(StandInService):
    """PagerDuty's."""

    name: ClassVar[str] = "pagerduty"
    system: ClassVar[str] = "pagerduty"
    secrets: ClassVar[tuple[str, ...]] = ("token", "production-key", "test-key")

    def overlay(self) -> dict[str, Any]:
        """Its events come to the same address."""
        keys = {
            name: {"key": {"file": str(self.lab.secrets.path(f"{self.name}-{name}-key"))}}
            for name in ("production", "test")
        }
        return {self.system: {**super().overlay()[self.system], "events_url": self.url, **keys}}


class ChangeService(StandInService):
    """That of change records: ServiceNow and Jira."""

    name: ClassVar[str] = "change"
    system: ClassVar[str] = "change"


class StatusPageService(StandInService):
    """Statuspage's."""

    name: ClassVar[str] = "status_page"
    system: ClassVar[str] = "status_page"


class PagesService(StandInService):
    """That of the team's wiki, where the alert rules say that their runbooks are, and of the documentation."""

    name: ClassVar[str] = "pages"
    system: ClassVar[str] = "runbooks"

    def overlay(self) -> dict[str, Any]:
        """Where the documentation is; the target does not name the wiki."""
        return {"documentation": {"url": f"{self.url}{manual.ROOT}", "note": NOTE}}


class GrafanaService(StandInService):
    """Grafana's."""

    name: ClassVar[str] = "grafana"
    system: ClassVar[str] = "grafana"


class RegistryTokensService(StandInService):
    """The registry's authorization service; the registry itself is a real one, and says where this is."""

    name: ClassVar[str] = "registry_tokens"
    system: ClassVar[str] = "registry"

    def _known(self) -> dict[str, Path]:
        """Its own, and what it signs tokens with."""
        certificate = self.lab.authority.issue(self.name)
        return {
            **super()._known(),
            registry_tokens.KEY: certificate.key_file,
            registry_tokens.CHAIN: certificate.cert_file,
        }

    def overlay(self) -> dict[str, Any]:
        """Nothing: the registry's own overlay names it."""
        return {}


class VaultService(StandInService):
    """Vault's, over the metadata of secrets that the lab's own servers have."""

    name: ClassVar[str] = "vault"
    system: ClassVar[str] = "vault"
    secrets: ClassVar[tuple[str, ...]] = ("token", vault.KEY)

    def _known(self) -> dict[str, Path]:
        """Its own, and the platform's by the names that they have in Vault."""
        return {**super()._known(), **{name: self.lab.secrets.path(file) for name, file in self._kept().items()}}

    def overlay(self) -> dict[str, Any]:
        """Address, token, key, and the files of each secret and of the one before."""
        path = self.lab.secrets.path
        secrets = {
            name: {"current": {"file": str(path(file))}, "revoked": {"file": str(path(f"revoked-{name}"))}}
            for name, file in self._kept().items()
        }
        of_vault = super().overlay()[self.system]
        key = {"file": str(path(f"{self.name}-{vault.KEY}"))}
        return {"secret_rotation": {"vault": of_vault, "fingerprint_key": key, "secrets": secrets}}

    def _kept(self) -> dict[str, str]:
        """Files of the lab's secrets, by their names in Vault."""
        names = self.lab.configuration.names
        return {
            "postgres": f"postgres-{names.postgres_role}",
            "clickhouse": f"clickhouse-{names.clickhouse_user}",
            "object-storage": "s3-golive-secret-key",
            "batch-client": f"keycloak-client-{BATCH_CLIENT}",
        }
