"""ClickHouse: who answers, over what, who asked it lately, and whether it would do without TLS."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from golive.clients.clickhouse import HTTP, TLS_ALERT, ClickHouseClient
from golive.clients.http import Answer
from golive.errors import CannotEstablish, TimedOut, Unreachable
from golive.facts.postgres import Plaintext
from golive.target import Target

_MOVED = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_SESSION = "SELECT currentUser() AS role, currentDatabase() AS database, version() AS version"
_CONNECTIONS = """
SELECT
  (SELECT sum(value) FROM system.metrics
   WHERE metric IN ('TCPConnection', 'HTTPConnection', 'MySQLConnection', 'PostgreSQLConnection')) AS used,
  (SELECT any(toInt64(value)) FROM system.server_settings WHERE name = 'max_connections') AS open,
  (SELECT groupUniqArray(name) FROM (
     SELECT if(client_name = '', http_user_agent, client_name) AS name FROM system.processes
     UNION ALL
     SELECT if(client_name = '', http_user_agent, client_name) FROM system.query_log
     WHERE event_time > now() - INTERVAL 5 MINUTE)) AS names
"""


@dataclass(frozen=True)
class ClickHouseSession:
    """A query of the application's user. ``role`` is what the server calls that user."""

    role: str
    database: str
    tls_version: str
    server_version: str


@dataclass(frozen=True)
class ClickHouseConnections:
    """Connections of every protocol, and which declared services asked something within five minutes.

    ClickHouse keeps no list of idle connections by name, so a service counts by its queries. ``note`` says why
    nothing was looked at where the target declares no services.
    """

    used: int | None = None
    limit: int | None = None
    free_share: float | None = None
    silent_services: tuple[str, ...] = ()
    note: str = ""


class ClickHouse:
    """The server, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.settings = target.clickhouse
        self._client = ClickHouseClient(target)

    def session(self) -> ClickHouseSession:
        """A query as the application would make it now."""
        rows, answer = self._client.query(_SESSION)
        row = rows[0]
        return ClickHouseSession(row["role"], row["database"], answer.tls_version, row["version"])

    def connections(self) -> ClickHouseConnections:
        """Who asked lately, and how many more connections there could be."""
        if not self.settings.services:
            return ClickHouseConnections(note="the target declares no services for ClickHouse; not looked at")
        rows, _ = self._client.query(_CONNECTIONS)
        row = rows[0]
        used, limit = int(row["used"] or 0), int(row["open"] or 0)
        share = round((limit - used) / limit, 3) if limit > 0 else 0.0
        silent = (s for s in sorted(self.settings.services) if not any(s in name for name in row["names"]))
        return ClickHouseConnections(used, limit, share, tuple(silent))

    def plaintext(self) -> tuple[Plaintext, ...]:
        """What the TLS port and every port declared as closed to plaintext say to plain HTTP.

        Raises TimedOut where one of them takes the connection and then stays mute: nobody knows what it would take.
        """
        return tuple(self._plaintext(port) for port in sorted({self.settings.port, *self.settings.plaintext_ports}))

    def _plaintext(self, port: int) -> Plaintext:
        """Refused: it takes no connection, closes it without a word, answers with a TLS alert, or sends on to TLS.

        Everything else that a port says, it says without TLS, and so it would take what must not be sent that way:
        also an error, a question for a password, and what is not HTTP at all.
        """
        try:
            first = self._client.first_bytes_without_tls(port)
        except Unreachable as error:
            return Plaintext(port, "refused", _last_words(error))
        except TimedOut as error:
            if self._client.takes_connections(port):
                raise
            return Plaintext(port, "refused", _last_words(error))
        if first == TLS_ALERT:
            return Plaintext(port, "refused", "a TLS alert")
        if first != HTTP:
            return Plaintext(port, "accepted", "something other than HTTP")
        answer = self._client.ping_without_tls(port)
        refused = sends_to_tls(answer, speaks_tls=port == self.settings.port)
        return Plaintext(port, "refused" if refused else "accepted", f"HTTP {answer.status}")


def sends_to_tls(answer: Answer, *, speaks_tls: bool) -> bool:
    """Whether an answer to plain HTTP does no more than send on to TLS: 426, or moved for good to an https address.

    ``speaks_tls`` is true of a port that is known to speak TLS: its 400 is how web servers say that they expect it.
    From any other port a 400 tells of a server that would rather be spoken to otherwise, as ClickHouse's native one.
    """
    if answer.status in _MOVED:
        return answer.headers.get("location", "").lower().startswith("https://")
    return answer.status == HTTPStatus.UPGRADE_REQUIRED or (speaks_tls and answer.status == HTTPStatus.BAD_REQUEST)


def _last_words(error: CannotEstablish) -> str:
    return error.message.rpartition(": ")[2]
