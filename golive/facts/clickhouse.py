"""ClickHouse: who answers, over what, who asked it lately, and whether it would do without TLS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from golive.clients.clickhouse import HTTP, TLS_ALERT, ClickHouseClient, in_words, refuses
from golive.clients.http import Answer
from golive.errors import TimedOut, Unreachable
from golive.facts.postgres import Plaintext
from golive.facts.stranger import Stranger
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
     WHERE type = 'QueryFinish' AND event_time > now() - INTERVAL 5 MINUTE)) AS names
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
    """Connections of every protocol, and which declared services got no answer within five minutes.

    ClickHouse keeps no list of idle connections by name, so a service counts by its queries: those under way, and
    those that succeeded. ``note`` says why nothing was looked at where the target declares no services.
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
        return ClickHouseConnections(used, limit, share, silent(self.settings.services, row["names"]))

    def stranger(self) -> Stranger:
        """What a query without a user and without a password is told."""
        answer = self._client.ask_without_password()
        return Stranger("a query without a password", "refused" if refuses(answer) else "answered", in_words(answer))

    def plaintext(self) -> tuple[Plaintext, ...]:
        """What the TLS port and every port declared as closed to plaintext say to plain HTTP.

        Raises TimedOut where one of them takes the connection and then stays mute: nobody knows what it would take; and
        Unreachable or TimedOut where the TLS port takes none any more.
        """
        return tuple(self._plaintext(port) for port in sorted({self.settings.port, *self.settings.plaintext_ports}))

    def _plaintext(self, port: int) -> Plaintext:
        """Refused: it takes no connection, closes it without a word, answers with a TLS alert, or sends on to TLS.

        Everything else that a port says, it says without TLS, and so it would take what must not be sent that way:
        also an error, a question for a password, and what is not HTTP at all.
        """
        try:
            first = self._client.first_bytes_without_tls(port)
        except (Unreachable, TimedOut) as error:
            taken = self._client.takes_connections(port)
            mute, gone = taken and isinstance(error, TimedOut), not taken and port == self.settings.port
            if mute or gone:
                raise
            return Plaintext(port, "refused", error.message.rpartition(": ")[2])
        if first == TLS_ALERT:
            return Plaintext(port, "refused", "a TLS alert")
        if first != HTTP:
            return Plaintext(port, "accepted", "something other than HTTP")
        answer = self._client.ping_without_tls(port)
        refused = sends_to_tls(answer, speaks_tls=port == self.settings.port)
        return Plaintext(port, "refused" if refused else "accepted", f"HTTP {answer.status}")


def silent(services: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The services that none of these client names stands for.

    A client's name is the service's own, or begins with it and goes on after a slash or a space, as in
    ``prices/2.1`` and ``prices clickhouse-connect/0.8``. A longer name is another client's.
    """
    names = list(names)
    return tuple(
        service
        for service in sorted(services)
        if not any(name == service or name.startswith((f"{service}/", f"{service} ")) for name in names)
    )


def sends_to_tls(answer: Answer, *, speaks_tls: bool) -> bool:
    """Whether an answer to plain HTTP does no more than send on to TLS: 426, or moved for good to an https address.

    ``speaks_tls`` is true of a port that is known to speak TLS: its 400 is how web servers say that they expect it.
    From any other port a 400 tells of a server that would rather be spoken to otherwise, as ClickHouse's native one.
    """
    if answer.status in _MOVED:
        return answer.headers.get("location", "").lower().startswith("https://")
    return answer.status == HTTPStatus.UPGRADE_REQUIRED or (speaks_tls and answer.status == HTTPStatus.BAD_REQUEST)
