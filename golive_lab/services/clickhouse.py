"""ClickHouse's engine behind its HTTPS interface (golive_lab.clickhouse_http), a process of its own.

Options: ``plaintext`` also answers without TLS, on a port that is closed otherwise; ``other_ca`` shows a
certificate that nobody trusts; ``behind`` listens on another port; ``without_query_log`` keeps no log of queries;
``open`` asks its user ``default`` for no password, as a fresh installation.
"""

from __future__ import annotations

import re
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from golive.errors import LabUnavailable
from golive_lab.certificates import Authority
from golive_lab.process import python_environment
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    import httpx

    from golive_lab.context import Lab

SCHEMA = Path(__file__).parent.parent / "platform" / "schema" / "clickhouse.sql"
_STATEMENT_END = re.compile(r";[ \t]*(?:--[^\n]*)?(?:\n|\Z)")


class ClickHouseService(LabService):
    """One engine on one data folder; it survives being killed."""

    name: ClassVar[str] = "clickhouse"
    system: ClassVar[str] = "clickhouse"

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self.plaintext_port = lab.ports.take("clickhouse_plaintext")
        self._home = lab.folder / "clickhouse"

    @property
    def _authority(self) -> Authority:
        name = "other-ca" if "other_ca" in self.options.names else "ca"
        return Authority(self.lab.authority.folder, name=name)

    def prepare(self, progress: Progress) -> None:  # noqa: ARG002 - nothing here takes long
        """Make the data folder."""
        (self._home / "data").mkdir(mode=0o700, parents=True, exist_ok=True)

    def launch(self) -> Launch:
        """The interface over the engine; its passwords are named as files."""
        certificate = self._authority.issue("clickhouse")
        user = self.lab.configuration.names.clickhouse_user
        argv = [
            sys.executable,
            "-P",
            "-m",
            "golive_lab.clickhouse_http",
            "--data",
            str(self._home / "data"),
            "--port",
            str(self.current_port),
            "--cert",
            str(certificate.cert_file),
            "--key",
            str(certificate.key_file),
            "--admin-password",
            str(self.lab.secrets.path("clickhouse-default")),
            "--user",
            user,
            "--user-password",
            str(self.lab.secrets.path(f"clickhouse-{user}")),
        ]
        if "plaintext" in self.options.names:
            argv += ["--plaintext-port", str(self.plaintext_port)]
        if "revoked_works" in self.options.names:
            argv += ["--also-password", str(self.lab.secrets.path("revoked-clickhouse"))]
        if "open" in self.options.names:
            argv.append("--open")
        if "without_query_log" in self.options.names:
            argv.append("--without-query-log")
        return Launch(tuple(argv), python_environment(HOME=str(self._home)), self._home)

    def ready(self) -> str | None:
        """Whether the administrator's query, with a password that only this lab knows, is answered."""
        import httpx

        try:
            answer = self._post("SELECT 1")
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.text == "1\n" else f"HTTP {answer.status_code}: {answer.text[:200].strip()}"

    def settle(self, progress: Progress) -> None:
        """The database and the platform's tables in it."""
        database = self.lab.configuration.names.clickhouse_database
        self._run(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        if not SCHEMA.exists():
            return
        progress("applying the schema")
        for statement in _STATEMENT_END.split(SCHEMA.read_text(encoding="utf-8")):
            if statement.strip():
                self._run(statement, database)

    def overlay(self) -> dict[str, Any]:
        """Address and password file of the application's user, and the port that must stay closed."""
        secret = self.lab.secrets.path(f"clickhouse-{self.lab.configuration.names.clickhouse_user}")
        return {
            "clickhouse": {
                "host": "127.0.0.1",
                "port": self.lab.ports.take("clickhouse"),
                "password": {"file": str(secret)},
                "plaintext_ports": [self.plaintext_port],
            }
        }

    def _run(self, statement: str, database: str = "") -> None:
        answer = self._post(statement, database, seconds=30)
        if answer.is_error:
            raise LabUnavailable("clickhouse", f"{statement.strip()[:80]!r} was refused: {answer.text[:500].strip()}")

    def _post(self, statement: str, database: str = "", *, seconds: float = 2) -> httpx.Response:
        import httpx

        context = ssl.create_default_context(cafile=str(self._authority.ca_file))
        with httpx.Client(verify=context, timeout=seconds, trust_env=False) as client:
            return client.post(
                f"https://127.0.0.1:{self.current_port}/",
                content=statement,
                params={"database": database} if database else {},
                auth=("default", self.lab.secrets.get("clickhouse-default")),
            )
