"""Bad worlds of a release: the history of its migrations, and Helm's own records, each undone precisely."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from golive_lab.control import LabHandle
from golive_lab.images import EARLIER_RELEASE
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import APPLICATION, INFRASTRUCTURE, changed, cluster, namespace_of, release_of
from golive_lab.worlds.postgres import owner_of
from golive_lab.worlds.registry import WORLDS

Record = dict[str, Any]


# migrations


@contextmanager
def _history(lab: LabHandle, statement: str) -> Iterator[None]:
    """The history after that statement; as it was on leaving."""
    with owner_of(lab, lab.status()["names"]["postgres_database"]) as owner:
        kept = owner.execute("SELECT version, started_at, finished_at FROM pg.schema_migration").fetchall()
        owner.execute(statement.encode())
        try:
            yield
        finally:
            owner.execute("DELETE FROM pg.schema_migration")
            for row in kept:
                owner.execute("INSERT INTO pg.schema_migration VALUES (%s, %s, %s)", row)


_HISTORIES = {
    "migration_behind": "DELETE FROM pg.schema_migration WHERE version = '0003'",
    "migration_half_applied": "UPDATE pg.schema_migration SET finished_at = NULL WHERE version = '0003'",
    "migration_left_out": "DELETE FROM pg.schema_migration WHERE version = '0002'",
    "migrations_never_run": "DELETE FROM pg.schema_migration",
}


# Helm's records


@contextmanager
def further_revision(
    lab: LabHandle, chart: str, change: Callable[[Record], None], like: int | None = None
) -> Iterator[None]:
    """A further revision in Helm's history, in Helm's own form, made by ``change``; gone on leaving.

    ``like``: the number of the revision that it is made from; the newest by default.
    """
    with cluster(lab) as api:
        path, release = f"/api/v1/namespaces/{namespace_of(lab, chart)}/secrets", release_of(lab, chart)
        newest = _newest(api, path, release)
        model = newest if like is None else api.get(f"{path}/{name_of(release, like)}")
        record = _read(model)
        record["version"] = int(newest["metadata"]["labels"]["version"]) + 1
        change(record)
        made = api.post(path, _secret(release, record, newest["type"]))
        try:
            yield
        finally:
            api.delete(f"{path}/{made['metadata']['name']}")


def name_of(release: str, number: int) -> str:
    """The name under which Helm keeps a revision."""
    return f"sh.helm.release.v1.{release}.v{number}"


def _newest(api: ClusterApi, path: str, release: str) -> Record:
    return max(records(api, path, release), key=lambda each: int(each["metadata"]["labels"]["version"]))


def records(api: ClusterApi, path: str, release: str) -> list[Record]:
    """The secrets in which Helm keeps the revisions of a release."""
    return api.items(f"{path}?labelSelector={quote(f'owner=helm,name={release}')}")


def _read(secret: Record) -> Record:
    record: Record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    return record


def _secret(release: str, record: Record, kind: str) -> Record:
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()
    status, number = record["info"]["status"], str(record["version"])
    labels = {"owner": "helm", "name": release, "status": status, "version": number}
    metadata = {"name": name_of(release, record["version"]), "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": {"release": packed}}


def _status(word: str) -> Callable[[Record], None]:
    return lambda record: record["info"].update(status=word)


def _chart_version(record: Record) -> None:
    record["chart"]["metadata"]["version"] = "1.8.1"


def _values(record: Record) -> None:
    record["config"] = {**record["config"], "resources": {"limits": {"memory": "64Mi"}}}


def _as_it_is(_: Record) -> None:
    """Of the release itself."""


def _tag(record: Record) -> None:
    record["config"]["image"]["tag"] = EARLIER_RELEASE


def _nothing_rendered(record: Record) -> None:
    record["manifest"] = ""


_REVISIONS: dict[str, tuple[str, Callable[[Record], None]]] = {
    "infrastructure_pending_upgrade": (INFRASTRUCTURE, _status("pending-upgrade")),
    "infrastructure_failed": (INFRASTRUCTURE, _status("failed")),
    "infrastructure_of_another_version": (INFRASTRUCTURE, _chart_version),
    "infrastructure_with_other_values": (INFRASTRUCTURE, _values),
    "application_pending_upgrade": (APPLICATION, _status("pending-upgrade")),
    "application_failed": (APPLICATION, _status("failed")),
    "application_of_another_tag": (APPLICATION, _tag),
    "infrastructure_rendered_nothing": (INFRASTRUCTURE, _nothing_rendered),
    "application_rendered_nothing": (APPLICATION, _nothing_rendered),
}


@contextmanager
def _record_broken(lab: LabHandle) -> Iterator[None]:
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/secrets"
        record = _newest(api, path, release_of(lab))
        place = f"{path}/{record['metadata']['name']}"
        change, back = {"data": {"release": base64.b64encode(b"cut short").decode()}}, {"data": record["data"]}
        with changed(api, place, change, back):
            yield


@contextmanager
def _never_deployed(lab: LabHandle, chart: str) -> Iterator[None]:
    """Helm knows nothing of the release."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab, chart)}/secrets"
        kept = records(api, path, release_of(lab, chart))
        for each in kept:
            api.delete(f"{path}/{each['metadata']['name']}")
        try:
            yield
        finally:
            for each in kept:
                api.post(path, {**each, "metadata": {n: each["metadata"][n] for n in ("name", "labels")}})


Past = tuple[int, str, str, Callable[[Record], None]]
"""Of one revision: hours since it was deployed, status and description in Helm's words, and what differs in it."""
OVER_AN_EARLIER_ONE: tuple[Past, ...] = (
    (120, "superseded", "Install complete", _tag),
    (26, "deployed", "Upgrade complete", _as_it_is),
)
ROLLED_BACK: tuple[Past, ...] = (
    OVER_AN_EARLIER_ONE[0],
    (26, "superseded", "Upgrade complete", _as_it_is),
    (24, "deployed", "Rollback to 1", _tag),
)


@contextmanager
def _history_of(lab: LabHandle, past: Sequence[Past]) -> Iterator[None]:
    """Another history of the application's release in Helm's records; no pod changes, and all of it is undone."""
    with cluster(lab) as api:
        path, release = f"/api/v1/namespaces/{namespace_of(lab)}/secrets", release_of(lab)
        newest = _newest(api, path, release)
        with _never_deployed(lab, APPLICATION):
            records = [_of_the_past(_read(newest), number, *each) for number, each in enumerate(past, 1)]
            made = [api.post(path, _secret(release, each, newest["type"])) for each in records]
            try:
                yield
            finally:
                for each in made:
                    api.delete(f"{path}/{each['metadata']['name']}")


def _of_the_past(
    newest: Record, number: int, hours: int, status: str, words: str, change: Callable[[Record], None]
) -> Record:
    record = copy.deepcopy(newest)
    at = datetime.now(UTC) - timedelta(hours=hours)
    record["version"] = number
    record["info"].update(status=status, description=words, last_deployed=at.isoformat())
    change(record)
    return record


def _of_history(statement: str) -> Callable[[LabHandle], AbstractContextManager[None]]:
    return lambda lab: _history(lab, statement)


def _of_revision(chart: str, change: Callable[[Record], None]) -> Callable[[LabHandle], AbstractContextManager[None]]:
    return lambda lab: further_revision(lab, chart, change)


WORLDS |= {name: _of_history(statement) for name, statement in _HISTORIES.items()}
WORLDS |= {name: _of_revision(*made) for name, made in _REVISIONS.items()}
WORLDS["infrastructure_never_deployed"] = lambda lab: _never_deployed(lab, INFRASTRUCTURE)
WORLDS["application_never_deployed"] = lambda lab: _never_deployed(lab, APPLICATION)
WORLDS |= {"helm_record_unreadable": _record_broken}
WORLDS["application_over_an_earlier_one"] = lambda lab: _history_of(lab, OVER_AN_EARLIER_ONE)
WORLDS["application_rolled_back"] = lambda lab: _history_of(lab, ROLLED_BACK)
