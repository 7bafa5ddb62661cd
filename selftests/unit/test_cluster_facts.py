"""The cluster's versions: no lab can change what its servers say they are, so each side of every bound stands here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.facts import cluster as facts
from golive.facts.cluster import Cluster, Version
from golive.target.load import read

TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target


@pytest.mark.parametrize(
    ("server", "supported"),
    [("1.34", False), ("1.35", True), ("1.36", True), ("1.37", True), ("1.38", False), ("2.36", False), ("", False)],
)
def test_the_servers_minor_version_is_within_those_that_the_target_supports(server: str, supported: bool) -> None:
    assert Version(server, "1.35", "1.37").supported is supported


def troubles(monkeypatch: pytest.MonkeyPatch, kubelet: str, **conditions: str) -> tuple[str, ...]:
    """What is said of a node with that kubelet beside a server 1.37."""
    listed = [{"type": name, "status": status} for name, status in conditions.items()]
    node = {
        "metadata": {"name": "a", "labels": {facts.ZONE: "z"}},
        "spec": {},
        "status": {"conditions": listed, "nodeInfo": {"kubeletVersion": kubelet}},
    }

    class Client:
        def __init__(self, _: Any) -> None: ...

        def list(self, _: str) -> list[dict[str, Any]]:
            return [node]

    monkeypatch.setattr(facts, "ClusterClient", Client)
    (found,) = Cluster(TARGET).nodes("1.37")
    assert (found.name, found.zone, found.kubelet) == ("a", "z", kubelet)
    return found.troubles


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
