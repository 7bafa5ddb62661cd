"""The cluster's versions: no lab can change what its servers say they are, so each side of every bound stands here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.facts import cluster as facts
from golive.facts.cluster import Cluster, Node, Version
from golive.target.load import read

TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
TOLERANT = TARGET.model_copy(
    update={"cluster": TARGET.cluster.model_copy(update={"tolerated_taints": frozenset({"market-data"})})}
)


@pytest.mark.parametrize(
    ("server", "supported"),
    [("1.34", False), ("1.35", True), ("1.36", True), ("1.37", True), ("1.38", False), ("2.36", False), ("", False)],
)
def test_the_servers_minor_version_is_within_those_that_the_target_supports(server: str, supported: bool) -> None:
    assert Version(server, "1.35", "1.37").supported is supported


def troubles(monkeypatch: pytest.MonkeyPatch, kubelet: str, **conditions: str) -> tuple[str, ...]:
    """What is said of a node with that kubelet beside a server 1.37."""
    found = seen(monkeypatch, kubelet, {}, **conditions)
    assert (found.name, found.zone, found.kubelet) == ("a", "z", kubelet)
    return found.troubles


def seen(monkeypatch: pytest.MonkeyPatch, kubelet: str, spec: dict[str, Any], **conditions: str) -> Node:
    """The one node, as it is told beside a server 1.37."""
    listed = [{"type": name, "status": status} for name, status in conditions.items()]
    node = {
        "metadata": {"name": "a", "labels": {facts.ZONE: "z"}},
        "spec": spec,
        "status": {"conditions": listed, "nodeInfo": {"kubeletVersion": kubelet}},
    }

    class Client:
        def __init__(self, _: Any) -> None: ...

        def list(self, _: str) -> list[dict[str, Any]]:
            return [node]

    monkeypatch.setattr(facts, "ClusterClient", Client)
    (found,) = Cluster(TOLERANT).nodes("1.37")
    return found


@pytest.mark.parametrize(
    ("kubelet", "well"),
    [("v1.33.9", False), ("v1.34.0", True), ("v1.37.2", True), ("v1.38.0", False), ("", False)],
)
def test_a_kubelet_is_at_most_three_minor_versions_older_and_never_newer(
    monkeypatch: pytest.MonkeyPatch,
    kubelet: str,
    well: bool,
) -> None:
    said = troubles(monkeypatch, kubelet, Ready="True")
    assert said == (() if well else (f"kubelet {kubelet or 'of no version'} beside an API server 1.37",))


@pytest.mark.parametrize("pressure", facts.PRESSURES)
def test_every_pressure_and_a_node_that_is_not_ready_are_told(monkeypatch: pytest.MonkeyPatch, pressure: str) -> None:
    said = troubles(monkeypatch, "v1.37.2", **{"Ready": "Unknown", pressure: "Unknown"})
    assert said == ("Ready is Unknown", f"{pressure} is Unknown")
    assert troubles(monkeypatch, "v1.37.2") == ("Ready is not said",)


@pytest.mark.parametrize(
    ("key", "effect", "reserved"),
    [
        ("node-role.kubernetes.io/control-plane", "NoSchedule", True),
        ("others", "NoExecute", True),
        ("others", "PreferNoSchedule", False),
        ("market-data", "NoSchedule", False),
        ("node.kubernetes.io/not-ready", "NoExecute", False),
    ],
)
def test_a_node_is_reserved_by_a_taint_that_the_platforms_pods_do_not_tolerate(
    monkeypatch: pytest.MonkeyPatch, key: str, effect: str, reserved: bool
) -> None:
    found = seen(monkeypatch, "v1.37.2", {"taints": [{"key": key, "effect": effect}]}, Ready="True")
    assert (found.reserved, found.troubles) == (f"{key}:{effect}" if reserved else "", ())
