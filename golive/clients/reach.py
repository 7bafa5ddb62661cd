"""Whether a TCP connection to each of a target's endpoints can be made: no credentials, nothing sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from golive.target import Target

_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}


@dataclass(frozen=True)
class Endpoint:
    """One address of a target and the system it belongs to."""

    system: str
    label: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"


def endpoints(target: Target) -> Iterator[Endpoint]:
    """Every address that the target names."""
    yield Endpoint("postgres", "postgres", target.postgres.host, target.postgres.port)
    yield Endpoint("clickhouse", "clickhouse", target.clickhouse.host, target.clickhouse.port)
    for number, broker in enumerate(target.kafka.bootstrap, 1):
        host, _, port = broker.rpartition(":")
        yield Endpoint("kafka", f"kafka {number}" if len(target.kafka.bootstrap) > 1 else "kafka", host, int(port))
    yield _of_url("object_storage", "object_storage", target.object_storage.url)
    yield _of_url("identity", "identity", target.identity.url)
    yield _of_url("gateway", "gateway", target.gateway.url)
    for name, service in target.services.items():
        yield _of_url("services", f"service {name}", service.health)
    for name, table in _optional(target).items():
        if table is not None:
            yield _of_url(name, name, table.url)


class _Addressed(Protocol):
    """A table of the target with one address."""

    @property
    def url(self) -> str: ...


def _optional(target: Target) -> dict[str, _Addressed | None]:
    """The tables that a target may leave out, by system."""
    return {
        "logs": target.logs,
        "metrics": target.metrics,
        "alertmanager": target.alerts.manager if target.alerts else None,
        "grafana": target.grafana,
        "pagerduty": target.pagerduty,
        "source": target.source,
        "change": target.change,
        "status_page": target.status_page,
    }


def _of_url(system: str, label: str, url: str) -> Endpoint:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 80)
    return Endpoint(system, label, parts.hostname or "", port)


def reach(endpoint: Endpoint, seconds: float) -> str:
    """``reachable``, or in words why no connection could be made within that time; the address is not repeated."""
    try:
        socket.create_connection((endpoint.host, endpoint.port), timeout=seconds).close()
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except (socket.gaierror, UnicodeError):  # no such name, and one that no name server could be asked for
        return "name does not resolve"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return "reachable"
