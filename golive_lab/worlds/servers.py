"""A server is down, is mute, or runs with another option: the same worlds for every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from golive_lab.control import LabHandle
from golive_lab.systems import PLATFORM
from golive_lab.worlds.registry import WORLDS, World

SERVERS = (
    "postgres",
    "clickhouse",
    "kafka",
    "object_storage",
    "keycloak",
    "gateway",
    "prices",
    "instruments",
    "jobs",
    "opensearch",
    "shipper",
    "container_metrics",
    "prometheus",
    "vault",
    "kube_apiserver",
    "pod_network",
    "dns",
    "edge",
    "registry",
    "registry_tokens",
    "source",
    "pagerduty",
    "change",
    "status_page",
    "pages",
    "grafana",
    "alertmanager",
)

OPTIONS = (
    ("postgres", "plaintext"),
    ("postgres", "other_ca"),
    ("postgres", "trusts"),
    ("clickhouse", "plaintext"),
    ("clickhouse", "other_ca"),
    ("clickhouse", "open"),
    ("clickhouse", "without_query_log"),
    ("kafka", "other_ca"),
    ("gateway", "other_ca"),
    ("prometheus", "other_ca"),
    ("prometheus", "without_suite"),
    ("prometheus", "scrapes_nothing"),
    ("registry", "other_ca"),
    ("registry", "realm_elsewhere"),
    ("kube_apiserver", "other_ca"),
    ("kube_apiserver", "anonymous"),
    ("pod_network", "enforces_nothing"),
    ("pod_network", "enforces_no_egress"),
    ("pod_network", "enforces_no_ingress"),
    ("pod_network", "cuts_prices"),
    ("pod_network", "says_nothing"),
    ("object_storage", "without_suite"),
    ("object_storage", "open"),
    ("object_storage", "open_to_writes"),
    ("shipper", "without_prices"),
    ("clickhouse", "revoked_works"),
    ("object_storage", "default_keys"),
    *(("dns", option) for option in ("stale_second", "all_stale", "api_missing", "long_ttl", "stale_v6")),
    *(("edge", option) for option in ("expired", "expires_soon", "wrong_name", "other_ca", "old_tls", "no_redirect")),
    *(("edge", option) for option in ("without_hsts", "without_tls", "stale_address", "other_certificate")),
    *(("edge", option) for option in ("opened", "halves", "wider", "shut", "trusts_forwarded", "open_origin")),
    *(("edge", option) for option in ("stale_rsa", "stale_second", "excepted_inline")),
    *(("edge", option) for option in ("without_cache", "caches_api", "caches_in_silence", "origin_open_but_assets")),
    *(
        ("edge", option)
        for option in ("redirects_to_origin", "plain_health", "path_as_written", "origin_trusts_real_ip")
    ),
)
"""Servers and options: ``plaintext`` answers without TLS too, ``other_ca`` has a certificate that nobody trusts,
``without_suite`` does not know the suite's keys or user, ``scrapes_nothing`` has nothing to ask,
``realm_elsewhere`` sends for tokens to an address that the target does not name,
``anonymous`` lets in who shows no credential, ``trusts`` whoever names a role, ``open`` asks nobody
for keys or a password, ``open_to_writes`` nobody who writes to the suite's bucket, ``without_prices`` ships no
logs of that service, ``without_query_log`` keeps no log of its queries."""


def _while(do: str, undo: str, *services: str) -> World:
    """A world in which that was done to each of these servers; ``do`` and ``undo`` are methods of the handle."""

    @contextmanager
    def done(lab: LabHandle) -> Iterator[None]:
        with ExitStack() as stack:
            for service in services:
                getattr(lab, do)(service)
                stack.callback(getattr(lab, undo), service)
            yield

    return done


def _restarted(service: str, option: str) -> World:
    @contextmanager
    def restarted(lab: LabHandle) -> Iterator[None]:
        # Killed and started rather than restarted: some servers take seconds to end politely.
        lab.kill(service)
        lab.start(service, [option])
        try:
            yield
        finally:
            lab.kill(service)
            lab.start(service)

    return restarted


for _name in SERVERS:
    WORLDS[f"{_name}_stopped"] = _while("kill", "start", _name)
    WORLDS[f"{_name}_frozen"] = _while("freeze", "thaw", _name)
WORLDS["all_services_stopped"] = _while("kill", "start", *PLATFORM)
WORLDS["all_services_frozen"] = _while("freeze", "thaw", *PLATFORM)
for _name, _option in OPTIONS:
    WORLDS[f"{_name}_{_option}"] = _restarted(_name, _option)
