"""The operations of each phase's items, bare: the same facts and clients, without pytest, plugin, record or reports."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from golive.provider import kept
from golive.residue import RunId
from golive.target import Target
from golive.target.load import find
from golive_lab.kubernetes.audit import AuditLog

ROOT = Path(__file__).parent.parent


class Clock:
    """Seconds of each named operation; names that begin with ``waiting`` are time that has to pass."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def measure(self, name: str, *steps: Callable[[], Any]) -> list[Any]:
        """What the steps give, one after the other."""
        began = time.monotonic()
        results = [step() for step in steps]
        self.spent[name] = self.spent.get(name, 0) + time.monotonic() - began
        return results


def kept_target() -> Target:
    """The target of the lab that is kept up. Raises SystemExit where none is."""
    file = find("lab", ROOT / "targets")
    overlay = kept("lab", "lab", file.target.provider_options)
    if overlay is None:
        raise SystemExit("no lab is kept up; next: golive lab up")
    return file.with_overlay(overlay)


def audit_log(target: Target) -> AuditLog:
    """What the API server of that target's lab was asked for; empty where it has no cluster."""
    reference = target.cluster.kubeconfig
    return AuditLog(reference.file if reference is not None else None)


def smoke(target: Target) -> dict[str, float]:
    """The six items."""
    from golive.facts.clickhouse import ClickHouse
    from golive.facts.gateway import Ask, Gateway
    from golive.facts.identity import Identity
    from golive.facts.kafka import Kafka
    from golive.facts.object_storage import ObjectStorage
    from golive.facts.postgres import Postgres
    from golive.facts.services import Services

    run, clock = RunId.make(), Clock()
    identity, gateway, kafka = Identity(target), Gateway(target), Kafka(target, run)
    postgres, clickhouse, storage = Postgres(target), ClickHouse(target), ObjectStorage(target, run)
    measure = clock.measure
    measure("smoke.health", Services(target).health)
    short, logins = measure("smoke.authentication", identity.short_lived, identity.log_in_everyone)
    tokens = {login.persona: login.token for login in logins}
    measure(
        "smoke.authentication",
        lambda: gateway.show({"short-lived": short.token}),
        lambda: gateway.show(tokens),
        identity.try_wrong_password,
        lambda: gateway.show(identity.forged(tokens["miso"])),
    )
    measure("waiting: a token runs out", lambda: gateway.show_until_refused("expired", **short.end))
    (login,) = measure("smoke.gateway", lambda: identity.log_in("miso"))
    asks = {"with": Ask(target.gateway.entitled, login.token), "without": Ask(target.gateway.entitled)}
    measure("smoke.gateway", lambda: gateway.ask(asks | {"unknown": Ask(target.gateway.unknown, login.token)}))
    measure("smoke.databases", postgres.session, clickhouse.session, postgres.plaintext, clickhouse.plaintext)
    measure("smoke.databases", postgres.connections, clickhouse.connections)
    measure("smoke.kafka", kafka.health, kafka.round_trip)
    measure("waiting: flows advance", kafka.progress)
    measure("smoke.object_storage", storage.health, storage.round_trip, storage.strangers)
    return clock.spent


def functional(target: Target) -> dict[str, float]:
    """The seven items."""
    from golive.facts.api import Api
    from golive.facts.curves import Curves
    from golive.facts.entitlement import Entitlement
    from golive.facts.exports import Exports
    from golive.facts.hub import Hub
    from golive.facts.identity import Identity
    from golive.facts.scenario import Scenarios
    from golive.facts.served_prices import ServedPrices
    from golive.facts.streaming import Stream

    run, clock, identity, api = RunId.make(), Clock(), Identity(target), Api(target)
    entitlement, prices = Entitlement(target, run), ServedPrices(target)
    exports, scenarios = Exports(target, run), Scenarios(target, run)
    measure = clock.measure

    def miso() -> Any:
        return identity.log_in("miso").token

    (token,) = measure("functional.miso_api", miso)
    (document,) = measure("functional.miso_api", lambda: api.document(token))
    measure("functional.miso_api", lambda: api.reads(document, token))
    measure("functional.miso_api", lambda: prices.latest(token), lambda: prices.history(token))
    caiso, _ = measure("functional.caiso_blocked", lambda: identity.log_in("caiso").token, miso)
    measure("functional.caiso_blocked", lambda: entitlement.walk(document, caiso, token))
    measure("functional.forward_curves", miso, lambda: Curves(target).all(token))
    measure(
        "functional.data_export", miso, *(lambda kind=k: exports.export(token, caiso, kind) for k in ("csv", "parquet"))
    )
    measure("functional.scenario", miso, lambda: scenarios.known_answer(token), lambda: scenarios.refused(token))
    measure("functional.streaming", lambda: Stream(target).listen(miso(), identity.log_in("caiso").token))
    with tempfile.TemporaryDirectory() as folder:
        measure("functional.web_hub", lambda: Hub(target, Path(folder)).visit())
    return clock.spent


def deployment(target: Target) -> dict[str, float]:
    """The four items, on the lab's cluster."""
    from golive.facts.helm import Releases
    from golive.facts.migrations import Migrations
    from golive.facts.workloads import Workloads

    clock, releases, workloads = Clock(), Releases(target, "benchmarks"), Workloads(target)
    measure = clock.measure
    measure("deployment.migrations", lambda: Migrations(target).history)
    measure("deployment.infrastructure_release", lambda: releases.infrastructure)
    measure("deployment.application_release", lambda: releases.application)
    measure("deployment.workloads", lambda: workloads.rollouts(target.release), lambda: workloads.endpoints)
    measure("waiting, and two looks at the restarts", lambda: workloads.restarts)
    return clock.spent


PHASES: dict[str, Callable[[Target], dict[str, float]]] = {
    "smoke": smoke,
    "functional": functional,
    "deployment": deployment,
}
