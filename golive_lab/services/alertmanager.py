"""Alertmanager: over TLS, for one user; what pages goes to PagerDuty's stand-in, to one service or the other.

On PATH, else unpacked from Debian's package.
"""

from __future__ import annotations

import json
import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import httpx

from golive.errors import LabUnavailable
from golive_lab import debian
from golive_lab.platform.config import HOST
from golive_lab.process import environment
from golive_lab.services.base import LabService, Launch, Progress
from golive_lab.services.prometheus import hashed, write_settings

if TYPE_CHECKING:
    from golive_lab.context import Lab

USER: Final = "golive"
SETTINGS: Final = "alertmanager.yml"
NAMES: Final = ("alertmanager", "prometheus-alertmanager")
DRILL: Final = {"golive_test": "true"}


class AlertmanagerService(LabService):
    """One server."""

    name: ClassVar[str] = "alertmanager"
    system: ClassVar[str] = "alertmanager"
    ready_seconds: ClassVar[float] = 30

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._home = lab.folder / self.name
        self._program: Path | None = None

    def prepare(self, progress: Progress) -> None:
        """Find or fetch the program."""
        found = next(filter(None, map(shutil.which, NAMES)), None)
        if found:
            self._program = Path(found)
        else:
            root = debian.unpacked("alertmanager", ("prometheus-alertmanager",), self.lab.cache, progress)
            self._program = root / "usr" / "bin" / "prometheus-alertmanager"
        self.lab.data(self.name)

    def launch(self) -> Launch:
        """The server alone: no cluster, for which it would wait."""
        if self._program is None:
            raise LabUnavailable(self.name, "it was not prepared")
        settings, web = self._home / SETTINGS, self._home / "web.yml"
        write_settings(settings, self._settings())
        write_settings(web, self._web())
        argv = (
            str(self._program),
            f"--config.file={settings}",
            f"--web.config.file={web}",
            f"--web.listen-address={HOST}:{self.current_port}",
            f"--storage.path={self._home / 'data'}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )
        return Launch(argv, environment(HOME=str(self._home)), self._home)

    def ready(self) -> str | None:
        """Whether it answers to the password that only this lab knows."""
        trusted = ssl.create_default_context(cafile=str(self.lab.authority.ca_file))
        auth = (USER, self.lab.secrets.get(self._password))
        try:
            with httpx.Client(verify=trusted, timeout=2, trust_env=False, auth=auth) as client:
                answer = client.get(f"https://{HOST}:{self.current_port}/-/ready")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}"

    def overlay(self) -> dict[str, Any]:
        """Address and password."""
        url = f"https://{HOST}:{self.lab.ports.take(self.name)}"
        return {"alerts": {"manager": {"url": url, "password": {"file": str(self.lab.secrets.path(self._password))}}}}

    @property
    def _password(self) -> str:
        return f"alertmanager-{USER}"

    def _web(self) -> dict[str, Any]:
        certificate = self.lab.authority.issue(self.name)
        return {
            "tls_server_config": {"cert_file": str(certificate.cert_file), "key_file": str(certificate.key_file)},
            "basic_auth_users": {USER: hashed(self.lab.secrets.get(self._password))},
        }

    def _settings(self) -> dict[str, Any]:
        return {
            "route": {
                "receiver": "tickets",
                "group_by": ["..."],
                "group_wait": "100ms",
                "group_interval": "1s",
                "repeat_interval": "4h",
                "routes": [
                    {"receiver": "drill", "matchers": [f'{name}="{value}"' for name, value in DRILL.items()]},
                    {"receiver": "pager", "matchers": ['severity="page"']},
                ],
            },
            "receivers": [
                {"name": "tickets"},
                {"name": "pager", "pagerduty_configs": [self._pagerduty("production-key")]},
                {"name": "drill", "pagerduty_configs": [self._pagerduty("test-key")]},
            ],
        }

    def _pagerduty(self, key: str) -> dict[str, Any]:
        return {
            "routing_key": self.lab.secrets.get(f"pagerduty-{key}"),
            "url": f"https://{HOST}:{self.lab.ports.take('pagerduty')}/v2/enqueue",
            "description": "{{ .CommonAnnotations.summary }}",
            "send_resolved": True,
            "http_config": {"tls_config": {"ca_file": str(self.lab.authority.ca_file)}, "follow_redirects": False},
        }


def reload(url: str, ca_file: str, password: str) -> None:
    """Have it read its settings again."""
    trusted = ssl.create_default_context(cafile=ca_file)
    with httpx.Client(verify=trusted, timeout=5, trust_env=False, auth=(USER, password)) as client:
        client.post(f"{url}/-/reload").raise_for_status()


def settings_of(file: Path) -> dict[str, Any]:
    """What it was told."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
