"""Keycloak: the identity provider of the lab, https only, with a realm made from the configuration."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any, ClassVar

from golive_lab import keycloak_master
from golive_lab.certificates import Authority
from golive_lab.files import write_json
from golive_lab.java import java_environment
from golive_lab.keycloak_install import MASTER_ADMIN, Installation, installation
from golive_lab.realm import ADMIN, AUDITOR, BATCH_CLIENT, SHORT_LIVED_CLIENT, THROW_AWAY_ADMIN, representation
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golive_lab.context import Lab

PROBE_SECONDS = 1.5
FIRST_PAGE_SECONDS = 20.0


class KeycloakService(LabService):
    """Keycloak with its own home over the cached build.

    Options: ``other_ca`` serves a certificate that no client of the lab trusts; ``other_issuer`` makes Keycloak
    believe in another public URL, so that its tokens name an issuer that the target does not expect.
    """

    name: ClassVar[str] = "keycloak"
    system: ClassVar[str] = "identity"
    heavy: ClassVar[bool] = True
    ready_seconds: ClassVar[float] = 180
    record: Path | None = None
    """Where Java is to write an archive of the classes when the next launch ends."""

    def __init__(self, lab: Lab) -> None:
        """Nothing is prepared or started yet."""
        super().__init__(lab)
        self._installation: Installation | None = None

    @property
    def url(self) -> str:
        """Where clients reach it; the issuer is below it."""
        return f"https://127.0.0.1:{self.lab.ports.take('keycloak')}"

    @property
    def issuer(self) -> str:
        """What stands in ``iss``."""
        return f"{self.url}/realms/{self.lab.configuration.names.realm}"

    @property
    def _hub(self) -> str:
        """The Web Hub's page, which the web client comes back to."""
        return f"https://127.0.0.1:{self.lab.ports.take('gateway')}{self.lab.configuration.platform.hub_path}/"

    @property
    def _home(self) -> Path:
        return self.lab.data(self.name)

    def prepare(self, progress: Progress) -> None:
        """Build once a cache, then a home for this lab and the realm to import."""
        self._installation = installation(self.lab.cache, progress)
        self._installation.home(self._home)
        self.lab.secrets.keep(f"keycloak-client-{MASTER_ADMIN}", self._installation.secret.read_text(encoding="utf-8"))
        names = self.lab.configuration.names
        realm = self._home / "data" / "import" / f"{names.realm}-realm.json"
        realm.parent.mkdir(mode=0o700, exist_ok=True)
        if not realm.exists():
            write_json(realm, representation(names, self.lab.secrets, self._hub))

    def launch(self) -> Launch:
        """Start on the built options; the realm is imported where the database has none yet."""
        if self._installation is None:
            raise RuntimeError("keycloak: launch() before prepare()")
        certificate = self._authority().issue(self.name)
        public = self.url.replace("127.0.0.1", "localhost") if "other_issuer" in self.options.names else self.url
        argv = self._installation.command(
            # A cache that is not local would open JGroups' ports on every interface, and two labs would join.
            self._home,
            "start",
            "--optimized",
            "--import-realm",
            "--cache=local",
            # H2 writes a second after a commit, and what a killed server had said would be undone.
            "--db-url-properties=;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=20",
            f"--hostname={public}",
            "--http-enabled=false",
            "--http-host=127.0.0.1",
            f"--https-port={self.lab.ports.take('keycloak')}",
            f"--https-certificate-file={certificate.cert_file}",
            f"--https-certificate-key-file={certificate.key_file}",
            "--http-management-host=127.0.0.1",
            f"--http-management-port={self.lab.ports.take('keycloak_management')}",
            # Polled while it starts, and each DOWN would be a line.
            "--log-level=INFO,io.smallrye.health:ERROR",
            record=self.record,
        )
        return Launch(argv, java_environment(), self._home)

    def ready(self) -> str | None:
        """Ready once the management port says so and the realm names its issuer under our certificate."""
        port = self.lab.ports.take("keycloak_management")
        with socket.socket() as probe:  # cheap, and most of the polls are before the port opens
            if probe.connect_ex(("127.0.0.1", port)):
                return "starting: its management port is not open"
        import httpx

        management = f"https://127.0.0.1:{port}/health/ready"
        context = ssl.create_default_context(cafile=self._authority().ca_file)
        try:
            with httpx.Client(verify=context, timeout=PROBE_SECONDS, trust_env=False) as client:
                health = client.get(management)
                if health.status_code != httpx.codes.OK:
                    return f"starting: its readiness answers {health.status_code}"
                return self._realm_state(client)
        except httpx.HTTPError as error:
            return f"no answer yet: {type(error).__name__}"

    def _realm_state(self, client: Any) -> str | None:
        answer = client.get(f"{self.issuer}/.well-known/openid-configuration")
        if not answer.is_success:
            return f"up, but the realm answers {answer.status_code}"
        issuer = answer.json().get("issuer")
        if issuer == self.issuer or "other_issuer" in self.options.names:
            return None
        return f"up, but names the issuer {issuer} instead of {self.issuer}"

    def settle(self, progress: Progress) -> None:
        """Bring in what master needs, and show the login page once.

        The first page costs Keycloak seconds, which no client's deadline should pay for.
        """
        import httpx

        progress("showing its first login page")
        context = ssl.create_default_context(cafile=self._authority().ca_file)
        asked = {"response_type": "code", "scope": "openid", "client_id": self.lab.configuration.names.web_client,
                 "redirect_uri": self._hub, "code_challenge_method": "S256", "code_challenge": "A" * 43}  # fmt: skip
        with httpx.Client(verify=context, timeout=FIRST_PAGE_SECONDS, trust_env=False) as client:
            # Where it does not answer, the clients that look next say so better than a server that is up could.
            with contextlib.suppress(httpx.HTTPError):
                client.get(f"{self.issuer}/protocol/openid-connect/auth", params=asked)
            with contextlib.suppress(httpx.HTTPError):
                keycloak_master.settle(client, self.url, self.lab.secrets)

    def overlay(self) -> dict[str, Any]:
        """URL, issuer and the secret files of every persona."""

        def secret(name: str) -> dict[str, str]:
            return {"file": os.fspath(self.lab.secrets.path(f"keycloak-{name}"))}

        seed = f"{ADMIN}-totp"
        self.lab.secrets.totp_seed(f"keycloak-{seed}")  # made as a seed before it is referenced as any secret
        personas = {
            "miso": {"password": secret("miso-trader")},
            "caiso": {"password": secret("caiso-trader")},
            "admin": {"password": secret(ADMIN), "totp": secret(seed)},
            "others": {"miso_batch": {"client_secret": secret(f"client-{BATCH_CLIENT}")}},
        }
        identity = {
            "url": self.url,
            "issuer": self.issuer,
            "personas": personas,
            "short_lived": {"client_secret": secret(f"client-{SHORT_LIVED_CLIENT}")},
        }
        return {"identity": identity, "keycloak": self._keycloak(secret)}

    def _keycloak(self, secret: Callable[[str], dict[str, str]]) -> dict[str, Any]:
        """The auditors and the throw-away admins, of the platform's realm and of master."""
        realm = self.lab.configuration.names.realm
        auditor = {"client_secret": secret(f"client-{AUDITOR}")}
        of_master = {
            "auditor": {"client_secret": secret(f"client-master-{AUDITOR}")},
            "throw_away": {
                "password": secret(f"master-{THROW_AWAY_ADMIN}"),
                "redirect_uri": f"{self.url}/admin/master/console/",
            },
        }
        of_realm = {"auditor": auditor, "throw_away": {"password": secret(THROW_AWAY_ADMIN)}}
        return {"auditor": auditor, "admins": {realm: of_realm, "master": of_master}}

    def _authority(self) -> Authority:
        if "other_ca" in self.options.names:
            return Authority(self.lab.authority.folder, name="other-ca")
        return self.lab.authority
