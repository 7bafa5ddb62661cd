"""Prometheus: over TLS, for one user, scraping the platform's services and the stand-in for their containers.

Options: ``other_ca`` shows a certificate that nobody trusts; ``scrapes_nothing`` has no target; ``without_suite`` does
not know the suite's user.
"""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from golive.errors import LabUnavailable
from golive.waiting import Deadline, wait_until
from golive_lab.alert_rules import FILE, rule_groups
from golive_lab.certificates import Authority
from golive_lab.container_metrics.__main__ import CADVISOR_PATH, KUBE_STATE_PATH
from golive_lab.container_metrics.exposition import pod_of
from golive_lab.platform.config import HOST, METRICS_PATH
from golive_lab.process import environment
from golive_lab.prometheus_install import Installation, installation
from golive_lab.services.base import LabService, Launch, Progress
from golive_lab.systems import PLATFORM

if TYPE_CHECKING:
    from golive_lab.context import Lab

USER, USER_OF_LAB = "golive", "lab"
"""The suite's, and the one by whom the lab sees that its server is up, whether or not the suite's may look."""
SETTLE_SECONDS = 30.0
SETTINGS = "prometheus.yml"
EXPORTERS = {"cadvisor": CADVISOR_PATH, "kube-state-metrics": KUBE_STATE_PATH}
SCRAPE = "500ms"
"""A cluster's is some 30 s; a lab's window is short."""


class PrometheusService(LabService):
    """One server and its data."""

    name: ClassVar[str] = "prometheus"
    system: ClassVar[str] = "metrics"
    ready_seconds: ClassVar[float] = 30

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._home = lab.folder / self.name
        self._installed: Installation | None = None

    def prepare(self, progress: Progress) -> None:
        """Find or fetch the programs."""
        self._installed = installation(self.lab.cache, progress)
        self.lab.data(self.name)

    def launch(self) -> Launch:
        """The server; its configuration is JSON, which is YAML too, written anew for the options."""
        if self._installed is None:
            raise LabUnavailable(self.name, "it was not prepared")
        settings, web = self._home / SETTINGS, self._home / "web.yml"
        write_settings(settings, self._settings())
        write_settings(web, self._web())
        write_settings(self._home / FILE, rule_groups(f"https://{HOST}:{self.lab.ports.take('pages')}"))
        argv = (
            str(self._installed.server),
            f"--config.file={settings}",
            f"--web.config.file={web}",
            f"--web.listen-address={HOST}:{self.current_port}",
            f"--storage.tsdb.path={self._home / 'data'}",
            "--storage.tsdb.retention.time=30d",
            "--web.enable-lifecycle",
            "--log.level=warn",
        )
        return Launch(argv, environment(HOME=str(self._home)), self._home)

    def ready(self) -> str | None:
        """Whether it answers to the user that only this lab knows the password of, about its own configuration."""
        try:
            answer = self._get("/-/ready")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}: {answer.text[:200].strip()}"

    def settle(self, progress: Progress) -> None:
        """Every target scraped once: Prometheus takes five seconds before it looks at its first one."""
        progress("its first scrapes")
        wait_until(self._scraped, Deadline(self.name, "the first scrape of every target", SETTLE_SECONDS))

    def _scraped(self) -> tuple[bool | None, str]:
        try:
            found = self._get("/api/v1/targets").raise_for_status().json()["data"]["activeTargets"]
        except httpx.HTTPError as error:
            return None, str(error) or type(error).__name__
        jobs = {job["job_name"] for job in self._settings()["scrape_configs"]}
        lacking = sorted(jobs - {each["labels"]["job"] for each in found if each["health"] != "unknown"})
        return (None, f"not scraped: {', '.join(lacking)}") if lacking else (True, "")

    def overlay(self) -> dict[str, Any]:
        """Address and the suite's password."""
        return {
            "metrics": {
                "url": f"https://{HOST}:{self.lab.ports.take(self.name)}",
                "password": {"file": str(self.lab.secrets.path(f"prometheus-{USER}"))},
            }
        }

    def _get(self, path: str) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self._authority.ca_file))
        auth = (USER_OF_LAB, self.lab.secrets.get(f"prometheus-{USER_OF_LAB}"))
        with httpx.Client(verify=context, timeout=2, trust_env=False, auth=auth) as client:
            return client.get(f"https://{HOST}:{self.current_port}{path}")

    @property
    def _authority(self) -> Authority:
        name = "other-ca" if "other_ca" in self.options.names else "ca"
        return Authority(self.lab.authority.folder, name=name)

    def _web(self) -> dict[str, Any]:
        certificate = self._authority.issue(self.name)
        users = (USER_OF_LAB,) if "without_suite" in self.options.names else (USER_OF_LAB, USER)
        return {
            "tls_server_config": {"cert_file": str(certificate.cert_file), "key_file": str(certificate.key_file)},
            "basic_auth_users": {user: hashed(self.lab.secrets.get(f"prometheus-{user}")) for user in users},
        }

    def _settings(self) -> dict[str, Any]:
        jobs = [] if "scrapes_nothing" in self.options.names else [*self._exporters(), *self._services()]
        every = {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE}
        return {
            "global": every,
            "rule_files": [str(self._home / FILE)],
            "alerting": {"alertmanagers": [self._alertmanager()]},
            "scrape_configs": jobs,
        }

    def _alertmanager(self) -> dict[str, Any]:
        """Where alerts go, whether or not it is up."""
        return {
            "scheme": "https",
            "tls_config": {"ca_file": str(self.lab.authority.ca_file)},
            "basic_auth": {"username": USER, "password": self.lab.secrets.get(f"alertmanager-{USER}")},
            "static_configs": [{"targets": [f"{HOST}:{self.lab.ports.take('alertmanager')}"]}],
        }

    def _exporters(self) -> list[dict[str, Any]]:
        address = f"{HOST}:{self.lab.ports.take('container_metrics')}"
        return [_job(name, path, address, {"stand_in": "true"}) for name, path in EXPORTERS.items()]

    def _services(self) -> list[dict[str, Any]]:
        """The platform's services by their own pages."""
        jobs = [
            _job(name, METRICS_PATH, f"{HOST}:{self.lab.ports.take(name)}", {"pod": pod_of(name)}) for name in PLATFORM
        ]
        for job in jobs:
            if job["job_name"] == "gateway":
                job |= {"scheme": "https", "tls_config": {"ca_file": str(self.lab.authority.ca_file)}}
        return jobs


def _job(name: str, path: str, address: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"job_name": name, "metrics_path": path, "static_configs": [{"targets": [address], "labels": labels}]}


def hashed(password: str) -> str:
    """As its web configuration holds passwords."""
    import bcrypt

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=5)).decode()


def write_settings(path: Path, settings: dict[str, Any]) -> None:
    """As JSON, which is YAML too; it may hold secrets."""
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    path.chmod(0o600)
