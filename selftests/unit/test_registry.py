"""A registry's client: whom it shows what to, what it takes for an answer, and what it makes of others."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import Any

import pytest
from pydantic import SecretStr

from golive.clients.registry import RegistryClient
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target.registries import Registry
from golive.target.secrets import SecretReference
from golive_lab.images import service_image, store_image
from selftests.unit.answering import answer, answers, target
from selftests.unit.registries import BEARER, REALM, TOKEN, URL, Memory

IMAGE, STORE = service_image("gateway", "7.1"), store_image("kafka")
PASSWORD = "robots-own"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretReference, "resolve", lambda _: SecretStr(PASSWORD))


def client(**settings: Any) -> RegistryClient:
    usual = {"user": "robot", "password": {"env": "UNUSED"}, "token_url": REALM}
    return RegistryClient(target(), "registry.test", Registry.model_validate(usual | settings))


def test_the_password_is_shown_for_a_token_and_the_token_to_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, Memory((IMAGE,)))
    one = client()
    found = one.manifest("a/gateway", "7.1")
    assert found is not None
    assert (found.digest, found.is_index) == (IMAGE.digest, True)
    shown = [(each.url, each.headers.get("Authorization", "").partition(" ")[0]) for each in asked]
    path = f"{URL}/v2/a/gateway/manifests/7.1"
    assert shown == [(path, ""), (REALM, "Basic"), (path, "Bearer")]
    assert asked[1].params == {"scope": "repository:x:pull", "service": "registry.test"}
    assert PASSWORD not in repr(asked)
    one.manifest("a/gateway", IMAGE.digest)
    assert len(asked) == 4  # the token still counts


def test_a_registry_may_ask_for_the_password_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    basic = "Basic cm9ib3Q6cm9ib3RzLW93bg=="
    answers(monkeypatch, Memory((STORE,), 'Basic realm="registry"', basic))
    found = client().manifest("kafka", STORE.tag)
    assert found is not None
    assert (found.digest, found.is_index) == (STORE.digest, False)


def test_anybody_may_have_a_token_where_no_user_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, Memory((IMAGE,), token=answer(200, {"access_token": TOKEN})))
    assert client(user=None, password=None).manifest("a/gateway", "7.1") is not None
    assert [dict(each.headers).get("Authorization") for each in asked if each.url == REALM] == [None]


@pytest.mark.parametrize(
    ("changes", "settings", "words"),
    [
        ({"challenge": BEARER.replace("auth.test", "other.test")}, {}, "sends to https://other.test for a token"),
        ({"challenge": BEARER.replace("https:", "http:")}, {}, "sends to http://auth.test for a token"),
        ({"challenge": "Bearer"}, {}, "sends to nowhere for a token"),
        ({}, {"token_url": None}, "sends to https://auth.test for a token"),
        ({"token": answer(401, {})}, {}, "HTTP 401 from https://auth.test"),
        ({"expected": "Bearer another"}, {}, "HTTP 401 for a/gateway"),
        ({"challenge": "Negotiate"}, {}, "asks for nothing that golive has"),
        ({"challenge": "Basic realm=x"}, {"user": None, "password": None}, "the target names none"),
    ],
)
def test_who_is_refused_is_told_why(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], settings: dict[str, Any], words: str
) -> None:
    answers(monkeypatch, dataclasses.replace(Memory((IMAGE,)), **changes))
    with pytest.raises(CredentialsRefused, match=re.escape(words)) as caught:
        client(**settings).manifest("a/gateway", "7.1")
    assert PASSWORD not in str(caught.value)


def test_the_password_goes_to_no_address_but_the_named_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, Memory((IMAGE,), BEARER.replace("auth.test", "other.test")))
    with pytest.raises(CredentialsRefused):
        client().manifest("a/gateway", "7.1")
    assert {each.url.split("/")[2] for each in asked} == {"registry.test"}


def test_what_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Memory((IMAGE,)))
    one, absent = client(), f"sha256:{'0' * 64}"
    assert (one.manifest("a/gateway", "7.2"), one.configuration("a/gateway", absent)) == (None, None)
    assert (one.has("a/gateway", absent), one.has("a/gateway", IMAGE.blobs[0].digest)) == (False, True)


def test_blobs_kept_elsewhere_are_read_there_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Memory((IMAGE,), elsewhere="https://store.test"))
    one, digest = client(), IMAGE.blobs[0].digest
    assert one.has("a/gateway", digest)
    assert (one.configuration("a/gateway", digest) or {})["architecture"] == "amd64"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(200, {}, {"content-type": "text/html"}), "text/html"),
        (answer(200, b"<html>", {"content-type": "application/vnd.oci.image.index.v1+json"}), "HTTP 200"),
        (answer(200, {}, {"docker-content-digest": f"sha256:{'0' * 64}"}), "has the digest"),
        (answer(500, {}), "HTTP 500"),
        (answer(429, {}), "its limit on requests"),
    ],
)
def test_what_is_no_manifest_is_no_answer(monkeypatch: pytest.MonkeyPatch, said: Any, words: str) -> None:
    answers(monkeypatch, lambda _: said)
    with pytest.raises(ProtocolBroken, match=re.escape(words)):
        client().manifest("a/gateway", "7.1")


def test_bytes_of_another_digest_are_no_answer_to_a_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Memory((IMAGE,))
    registry.manifests[IMAGE.digest] = registry.manifests[IMAGE.manifests[0].digest]
    answers(monkeypatch, registry)
    with pytest.raises(CannotEstablish, match="has the digest"):
        client().manifest("a/gateway", IMAGE.digest)


@pytest.mark.parametrize("reference", ["7.1", IMAGE.digest])
@pytest.mark.parametrize("status", [400, 500, 502])
def test_an_error_is_told_as_its_status_and_not_as_damaged_bytes(
    monkeypatch: pytest.MonkeyPatch, status: int, reference: str
) -> None:
    answers(monkeypatch, lambda _: answer(status, {"errors": []}))
    with pytest.raises(ProtocolBroken) as caught:
        client().manifest("a/gateway", reference)
    seen = f"HTTP {status} and application/json for a/gateway:{reference}"
    assert caught.value.message == f"{URL} answers {seen}"


def test_a_manifest_may_go_by_a_longer_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Memory((IMAGE,))
    longer = f"sha512:{hashlib.sha512(IMAGE.manifests[-1].content).hexdigest()}"
    registry.manifests[longer] = IMAGE.manifests[-1]
    answers(monkeypatch, registry)
    found = client().manifest("a/gateway", longer)
    assert found is not None
    assert found.digest == longer


@pytest.mark.parametrize("elsewhere", ["", "https://store.test"])
def test_a_configuration_of_another_digest_is_no_answer(monkeypatch: pytest.MonkeyPatch, elsewhere: str) -> None:
    registry = Memory((IMAGE,), elsewhere=elsewhere)
    digest, other = (IMAGE.manifests[0].digest, STORE.blobs[0])
    registry.blobs[digest] = other
    answers(monkeypatch, registry)
    with pytest.raises(ProtocolBroken) as caught:
        client().configuration("a/gateway", digest)
    assert caught.value.message == f"a/gateway: what it serves as {digest} has the digest {other.digest}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(307, b""), "HTTP 307 without a Location for the configuration {} of a/gateway"),
        (answer(502, b"<html>"), "HTTP 502 for the configuration {} of a/gateway"),
        (answer(200, b"[]"), "HTTP 200 for the configuration {} of a/gateway, and no JSON object"),
    ],
)
def test_what_is_no_configuration_is_no_answer(monkeypatch: pytest.MonkeyPatch, said: Any, words: str) -> None:
    asked = answers(monkeypatch, lambda _: said)
    digest = f"sha256:{hashlib.sha256(said.body).hexdigest()}"
    with pytest.raises(ProtocolBroken) as caught:
        client().configuration("a/gateway", digest)
    assert (caught.value.message, len(asked)) == (f"{URL} answers {words.format(digest)}", 1)


def test_user_and_password_go_together() -> None:
    with pytest.raises(ValueError, match="user and password go together"):
        Registry(user="robot")
