"""Whether a TCP connection to each of a target's endpoints can be made: no credentials, nothing sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from golive.clients.kubernetes import server
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


BY_URL = ("logs", "metrics", "source", "pagerduty", "change", "status_page", "documentation", "grafana")
"""Tables that a target may leave out, each with the URL of one system."""


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
    for system in BY_URL:
        table = getattr(target, system)
        if table is not None:
            yield _of_url(system, system, table.url)
    if target.alerts is not None and target.alerts.manager is not None:
        yield _of_url("alertmanager", "alertmanager", target.alerts.manager.url)
    for name, registry in target.registries.items():
        yield _of_url("registry", f"registry {name}", registry.address(name))
    yield from _edge(target)
    cluster = server(target)
    if cluster is not None:
        yield _of_url("cluster", "cluster", cluster)


def _edge(target: Target) -> Iterator[Endpoint]:
    if target.edge is not None:
        for name in target.edge.hosts:
            for address in _declared(target, name) or (name,):
                yield Endpoint("edge", f"edge {name}", address, target.edge.https_port)


def _declared(target: Target, name: str) -> list[str]:
    """The addresses that the target's own [dns] says the name has; it is for infrastructure.dns to ask for them."""
    records = target.dns.records if target.dns else ()
    return sorted(value for each in records if each.name == name and each.type == "A" for value in each.values)


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
