"""Helm's records as they lie in secrets: decoded, compared by digest, and refused where they are none."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from shutil import which
from typing import Any

import pytest

from golive.clients import kubernetes
from golive.clients.deadlines import client_deadline
from golive.clients.kubernetes import ClusterClient
from golive.errors import CredentialsRefused, NotDescribed, ProtocolBroken, WrongVersion
from golive.facts import helm
from golive.facts.helm import Release, Releases, values_sha256
from golive.target.load import read, secrets_of
from golive.target.secrets import KubeconfigReference
from selftests.unit.answering import LAB

VALUES = {"image": {"tag": "2026.11.0", "digests": {}}, "größe": [1, 2.5, None, True]}


def packed(record: Any) -> str:
    return base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode(), mtime=0))).decode()


def secret(number: int, status: str, content: str = "") -> dict[str, Any]:
    labels = {"version": str(number), "status": status}
    return {"metadata": {"name": f"v{number}", "labels": labels}, "data": {"release": content}}


def record(status: str) -> dict[str, Any]:
    chart = {"metadata": {"name": "market-intelligence", "version": "3.2.0"}, "values": {"image": {"tag": "older"}}}
    return {"info": {"status": status, "last_deployed": "then"}, "chart": chart, "config": VALUES}


class Kept:
    """A client whose cluster holds these secrets."""

    def __init__(self, *secrets: dict[str, Any]) -> None:
        self.secrets = {each["metadata"]["name"]: each for each in secrets}
        self.read: list[str] = []

    def list(self, path: str, *, labels: str, accept: str) -> tuple[dict[str, Any], ...]:
        assert (path, "owner=helm" in labels, "PartialObjectMetadata" in accept) == (
            "/api/v1/namespaces/market-intelligence/secrets", True, True,
        )  # fmt: skip
        return tuple({"metadata": each["metadata"]} for each in self.secrets.values())

    def get(self, path: str) -> dict[str, Any]:
        self.read.append(path)
        return self.secrets[path.rpartition("/")[2]]


def application(monkeypatch: pytest.MonkeyPatch, *secrets: dict[str, Any]) -> tuple[Release, Kept]:
    kept = Kept(*secrets)
    monkeypatch.setattr(helm, "ClusterClient", lambda _: kept)
    return Releases(read(LAB).target, "an.item").application, kept


def test_only_the_newest_revision_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = secret(10, "failed", packed(record("failed")))
    found, kept = application(monkeypatch, newest, secret(9, "deployed"), secret(2, "superseded"))
    assert kept.read == ["/api/v1/namespaces/market-intelligence/secrets/v10"]
    assert (found.revision, found.status, found.history) == (10, "failed", ("2 superseded", "9 deployed", "10 failed"))
    assert (found.chart, found.tag, found.deployed) == ("market-intelligence-3.2.0", "2026.11.0", "then")


def test_no_revision_is_an_absent_release(monkeypatch: pytest.MonkeyPatch) -> None:
    assert application(monkeypatch)[0] == Release("market-intelligence", "market-intelligence", "absent")


def test_a_tag_that_nobody_gave_is_the_charts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = record("deployed") | {"config": None}
    assert application(monkeypatch, secret(1, "deployed", packed(bare)))[0].tag == "older"


@pytest.mark.parametrize(
    "content", ["", "!", base64.b64encode(b"cut").decode(), packed([])], ids=["empty", "no base64", "cut", "a list"]
)
def test_what_is_no_record_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    with pytest.raises(ProtocolBroken, match="market-intelligence"):
        application(monkeypatch, secret(1, "deployed", content))


def test_a_secret_without_helms_labels_is_not_one_of_helms(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtocolBroken, match="v1 is no record of Helm's"):
        application(monkeypatch, {"metadata": {"name": "v1"}})


@pytest.mark.skipif(which("jq") is None, reason="jq is not installed")
def test_values_are_digested_as_the_documented_command_does() -> None:
    command = "jq -cS . | sha256sum"
    ran = subprocess.run(["sh", "-c", command], input=json.dumps(VALUES), capture_output=True, text=True, check=True)
    assert ran.stdout.split()[0] == values_sha256(VALUES)


def test_no_way_into_the_cluster_is_said() -> None:
    target = read(LAB).target
    away = target.model_copy(update={"cluster": target.cluster.model_copy(update={"kubeconfig": None})})
    with pytest.raises(NotDescribed, match="no way into its cluster"):
        ClusterClient(away).get("/version")
    with pytest.raises(WrongVersion):
        Releases(target, "an.item").expected("")


def test_the_clients_library_is_loaded_before_a_calls_deadline_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    target = read(LAB).target
    away = target.model_copy(update={"cluster": target.cluster.model_copy(update={"kubeconfig": None})})
    for name in [name for name in sys.modules if name.partition(".")[0] == "kubernetes"]:
        monkeypatch.delitem(sys.modules, name)
    loaded = []

    def begins(*words: Any) -> Any:
        loaded.append({"kubernetes.client", "kubernetes.config"} <= sys.modules.keys())
        return client_deadline(*words)

    monkeypatch.setattr(kubernetes, "client_deadline", begins)
    with pytest.raises(NotDescribed):
        ClusterClient(away).get("/version")
    assert loaded == [True]


def test_a_kubeconfig_is_never_repeated(tmp_path: Any) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("users: [{name: a, user: {token: hunter2-hunter2}}]\ncontexts: 7\n", encoding="utf-8")
    target = read(LAB).target
    cluster = target.cluster.model_copy(update={"kubeconfig": KubeconfigReference(file=file)})
    with pytest.raises(CredentialsRefused) as refused:
        ClusterClient(target.model_copy(update={"cluster": cluster})).get("/version")
    assert "hunter2" not in f"{refused.value} {refused.value.__cause__}"


def test_of_a_kubeconfig_the_credentials_alone_are_secret(tmp_path: Any) -> None:
    key = base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n").decode()
    command = {
        "command": "get-token",
        "args": ["--cluster", "production"],
        "env": [{"name": "A", "value": "s3cret-env"}],
    }
    users = [
        {"name": "a", "user": {"token": "s3cret-token", "client-certificate-data": "public"}},
        {"name": "b", "user": {"client-key-data": key, "username": "somebody", "password": "s3cret-word"}},
        {"name": "c", "user": {"exec": command}},
    ]
    file = tmp_path / "kubeconfig"
    file.write_text(
        json.dumps({"users": users, "clusters": [{"cluster": {"server": "https://api"}}]}), encoding="utf-8"
    )
    target = read(LAB).target
    cluster = target.cluster.model_copy(update={"kubeconfig": KubeconfigReference(file=file)})
    found = {each.get_secret_value() for each in secrets_of(target.model_copy(update={"cluster": cluster}))}
    assert found >= {"s3cret-token", "s3cret-word", "s3cret-env", key, "MIGHAgEAMBMG"}
    assert found.isdisjoint({"public", "somebody", "get-token", "production", "https://api"})
    file.write_text("token: not-a-kubeconfig", encoding="utf-8")
    whole = {each.get_secret_value() for each in secrets_of(target.model_copy(update={"cluster": cluster}))}
    assert "token: not-a-kubeconfig" in whole
