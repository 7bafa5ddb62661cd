"""Rotation of secrets: what Vault's metadata say, and what a try with an old credential comes to."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.object_storage import ObjectStorageClient, S3Said
from golive.clients.postgres import PostgresClient
from golive.clients.prometheus import Found, PrometheusClient, Series
from golive.clients.vault import VaultClient
from golive.errors import CredentialsRefused, ProtocolBroken, TooLittleData
from golive.facts.old_credentials import REFUSED, TAKEN, attempt
from golive.facts.secrets_rotation import PlatformSecrets
from golive.target import Target
from selftests.unit.answering import answer

ROOT = Path(__file__).parents[2]
NOW = 1_795_521_600.0
KEY, CURRENT, BEFORE = "key", "the current one", "the one before"


def fingerprint(value: str) -> str:
    return hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


def metadata(days: float = 1, current: str = CURRENT, **notes: str) -> Answer:
    made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    noted = {"fingerprint": fingerprint(current), "previous_fingerprint": fingerprint(BEFORE), **notes}
    times = {"7": {"created_time": made.strftime("%Y-%m-%dT%H:%M:%S.%f123Z")}, "6": {"created_time": "2020"}}
    data = {"current_version": 7, "versions": times, "custom_metadata": {k: v for k, v in noted.items() if v}}
    return answer(200, {"data": data})


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """The lab's target with one secret."""
    for name, value in {"key": KEY, "current": CURRENT, "revoked": BEFORE, "token": "t"}.items():
        (tmp_path / name).write_text(value, encoding="utf-8")

    def file(name: str) -> dict[str, Path]:
        return {"file": tmp_path / name}

    data = tomllib.loads((ROOT / "targets" / "lab.toml").read_text(encoding="utf-8"))
    data["secret_rotation"] = {
        "vault": {"url": "https://vault.test", "token": file("token"), "path": "p"},
        "fingerprint_key": file("key"),
        "secrets": {
            "one": {
                "system": "postgres",
                "login": "x",
                "current": file("current"),
                "revoked": file("revoked"),
                "consumers": ["prices"],
            }
        },
        "defaults": [{"system": "postgres", "login": "postgres", "password": "postgres"}],
    }
    return Target.model_validate(data)


def tell(monkeypatch: pytest.MonkeyPatch, told: Callable[[Request], Answer]) -> None:
    monkeypatch.setattr(HttpClient, "ask", lambda _, request, **__: told(request))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (metadata(), ()),
        (metadata(days=91), ("91 days old, at most 90",)),
        (metadata(current="another"), ("another one is in use",)),
        (metadata(previous_fingerprint=fingerprint(CURRENT)), ("the same as the one before",)),
        (metadata(previous_fingerprint=""), ("its rotation noted no fingerprint of the one before",)),
        (metadata(fingerprint=""), ("another one is in use",)),
    ],
)
def test_what_is_wrong_with_a_secret_is_said(
    target: Target, monkeypatch: pytest.MonkeyPatch, given: Answer, wrong: tuple[str, ...]
) -> None:
    tell(monkeypatch, lambda _: given)
    (kept,) = PlatformSecrets(target).kept()
    assert (kept.version, kept.wrong) == (7, wrong)


def started(monkeypatch: pytest.MonkeyPatch, *moments: float) -> None:
    series = tuple(Series({"pod": str(number)}, ((0.0, moment),)) for number, moment in enumerate(moments))
    monkeypatch.setattr(PrometheusClient, "instant", lambda *_: Found(series))


def test_a_consumer_is_as_old_as_its_oldest_process(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, lambda _: metadata())
    made = PlatformSecrets(target)._vault.metadata("one").made.timestamp()
    started(monkeypatch, made + 60, made - 60, made + 90)
    (consumer,) = PlatformSecrets(target).consumers()
    assert (consumer.service, consumer.started_after_seconds) == ("prices", -60)


@pytest.mark.parametrize("moments", [(), (math.nan,), (NOW, math.nan)])
def test_a_consumer_of_whose_processes_one_is_unknown_is_unknown(
    target: Target, monkeypatch: pytest.MonkeyPatch, moments: tuple[float, ...]
) -> None:
    started(monkeypatch, *moments)
    with pytest.raises(TooLittleData, match="when prices was started"):
        PlatformSecrets(target).consumers()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(403, {"errors": ["permission denied"]}), CredentialsRefused),
        (answer(404, {"errors": []}), ProtocolBroken),
        (answer(200, {"data": {"current_version": 7, "versions": {}}}), ProtocolBroken),
        (answer(200, b"<html>"), ProtocolBroken),
    ],
)
def test_what_is_no_metadata_is_an_error(
    target: Target, monkeypatch: pytest.MonkeyPatch, given: Answer, error: type[Exception]
) -> None:
    tell(monkeypatch, lambda _: given)
    assert target.secret_rotation is not None
    with pytest.raises(error):
        VaultClient(target, target.secret_rotation.vault).metadata("one")


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (S3Said(403, "InvalidAccessKeyId"), REFUSED),
        (S3Said(403, "SignatureDoesNotMatch"), REFUSED),
        (S3Said(403, "AccessDenied"), TAKEN),
        (None, TAKEN),
    ],
)
def test_keys_that_are_known_but_may_not_list_were_taken(
    target: Target, monkeypatch: pytest.MonkeyPatch, said: S3Said | None, state: str
) -> None:
    def listed(*_: Any, **__: Any) -> list[str]:
        if said is not None:
            raise said
        return []

    monkeypatch.setattr(ObjectStorageClient, "first_keys", listed)
    assert attempt(target, "object_storage", "a", "b") == state


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ProtocolBroken("postgres", "FATAL: permission denied for database"), TAKEN),
        (CredentialsRefused("postgres", "password authentication failed"), REFUSED),
        (None, TAKEN),
    ],
)
def test_a_role_that_may_not_enter_the_database_was_taken(
    target: Target, monkeypatch: pytest.MonkeyPatch, error: Exception | None, state: str
) -> None:
    def query(*_: Any) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(PostgresClient, "query", query)
    assert attempt(target, "postgres", "a", "b") == state
