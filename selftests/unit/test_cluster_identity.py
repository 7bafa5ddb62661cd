"""Which cluster a run looked at: said by the cluster itself, and kept in the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.errors import ProtocolBroken
from golive.facts import cluster as facts
from golive.facts.cluster_identity import ClusterIdentity
from golive.finding import Evidence, Finding, Outcome
from golive.plugin.recording import identity_of
from golive.target.load import read

TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target


def told(monkeypatch: pytest.MonkeyPatch, metadata: dict[str, str]) -> ClusterIdentity:
    class Client:
        def __init__(self, _: Any) -> None: ...

        def get(self, path: str) -> dict[str, Any]:
            return {"/api/v1/namespaces/kube-system": {"metadata": metadata}}[path]

    monkeypatch.setattr(facts, "ClusterClient", Client)
    return facts.Cluster(TARGET).identity


def test_it_is_the_uid_of_kube_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, {"name": "kube-system", "uid": "5d1b"}) == ClusterIdentity("5d1b")


def test_a_cluster_without_one_is_not_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtocolBroken, match="kube-system has no uid"):
        told(monkeypatch, {"name": "kube-system"})


def saw(item: str, *uids: str) -> Finding:
    return Finding(
        item, Outcome.PASS, evidence=tuple(Evidence("ClusterIdentity", {"cluster_uid": uid}) for uid in uids)
    )


@pytest.mark.parametrize(
    ("findings", "uid", "because"),
    [
        ([saw("a", "one"), saw("b"), saw("c", "one")], "one", ""),
        ([saw("a")], "", "no item of this run asked the cluster"),
        ([saw("a", "two"), saw("b", "one")], "", "different clusters answered: one, two"),
    ],
    ids=["one", "none", "two"],
)
def test_a_record_names_the_cluster_that_its_items_asked(findings: list[Finding], uid: str, because: str) -> None:
    identity = identity_of("r1", findings, {})
    assert (identity.release, identity.cluster_uid, identity.cluster_uid_absent_because) == ("r1", uid, because)
