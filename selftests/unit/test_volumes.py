"""Claims and quantities: what is bound, large enough and kept."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from golive.clients.kubernetes import ClusterClient
from golive.facts.quantity import bytes_of
from golive.facts.volumes import StorageClass, claim_of
from golive.facts.volumes import Volumes as PlatformVolumes
from golive.target import Target
from golive.target.cluster import Volumes

ROOT = Path(__file__).parents[2]
GOING = {"deletionTimestamp": "2026-11-27T08:57:47Z"}
DECLARED = Volumes(storage_class="fast", claims={"desk/data": "20Gi"})


def lacking(name: str = "desk/data", reclaim: str = "Retain", **change: Any) -> str:
    claim: dict[str, Any] = {"phase": "Bound", "class": "fast", "capacity": "20Gi"} | change
    body = {
        "metadata": claim.get("metadata", {}),
        "spec": {"storageClassName": claim["class"], "volumeName": "v"},
        "status": {"phase": claim["phase"], "capacity": {"storage": claim["capacity"]}},
    }
    volumes = {"v": {"metadata": claim.get("behind", {}), "spec": {"persistentVolumeReclaimPolicy": reclaim}}}
    return "; ".join(claim_of(name, body, volumes, DECLARED).lacking)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"capacity": "21474836480"}, ""),
        ({"phase": "Pending"}, "phase is Pending"),
        ({"phase": "Lost"}, "phase is Lost"),
        ({"class": "slow"}, "class slow; expected fast"),
        ({"capacity": "20G"}, "capacity 20G; expected at least 20Gi"),
        ({"reclaim": "Delete"}, "its volume's reclaim policy is Delete; expected Retain"),
        ({"name": "desk/cache", "reclaim": "Delete", "capacity": "1Gi"}, ""),
        ({"name": "desk/cache", "class": "slow"}, "class slow; expected fast"),
        ({"metadata": GOING}, "is being deleted: it goes with the pod that uses it"),
        ({"behind": GOING}, "its volume is being deleted"),
    ],
)
def test_what_is_not_as_declared(change: dict[str, Any], words: str) -> None:
    assert lacking(**change) == words


def test_what_a_claim_does_not_say_is_said() -> None:
    claim = claim_of("desk/data", {"metadata": {}, "spec": {}}, {}, DECLARED)
    assert claim.lacking == (
        "phase is not said", "class not said; expected fast", "capacity not said; expected at least 20Gi",
        "its volume's reclaim policy is not said; expected Retain",
    )  # fmt: skip


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What the cluster has, by path."""
    things: dict[str, list[Any]] = {}
    monkeypatch.setattr(ClusterClient, "list", lambda _, path: things.get(path, []))
    return things


def of_target() -> PlatformVolumes:
    data = tomllib.loads((ROOT / "targets" / "lab.toml").read_text(encoding="utf-8"))
    return PlatformVolumes(Target.model_validate(data))


def test_every_claim_of_both_namespaces_is_looked_at_and_every_declared_one(kept: dict[str, list[Any]]) -> None:
    volumes = of_target()
    first, *others = sorted(volumes.settings.claims)
    namespace, _, name = first.partition("/")
    kept[f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"] = [
        {"metadata": {"name": each}, "spec": {}} for each in (name, "undeclared")
    ]
    phases = {claim.claim: claim.phase for claim in volumes.claims}
    assert phases == {first: "", f"{namespace}/undeclared": "", **dict.fromkeys(others, "absent")}


@pytest.mark.parametrize(("grows", "expandable"), [(True, True), (False, False), (None, False)])
def test_the_declared_class_is_found_among_others(
    kept: dict[str, list[Any]], grows: bool | None, expandable: bool
) -> None:
    volumes = of_target()
    name = volumes.settings.storage_class
    own = {"metadata": {"name": name}, "provisioner": "csi.test", "allowVolumeExpansion": grows}
    classes = kept["/apis/storage.k8s.io/v1/storageclasses"] = [
        {"metadata": {"name": "other"}, "allowVolumeExpansion": True},
        own,
    ]
    assert volumes.storage_class == StorageClass(name, "csi.test", expandable)
    classes.remove(own)
    assert volumes.storage_class == StorageClass(name, "", expandable=False)


@pytest.mark.parametrize(
    ("quantity", "number"), [("0", 0), ("1k", 1000), ("1Ki", 1024), ("1.5Gi", 1610612736), ("2e3", 2000), ("500m", 0)]
)
def test_quantities(quantity: str, number: int) -> None:
    assert bytes_of(quantity) == number


@given(st.integers(0, 10**6), st.sampled_from(["", "Ki", "Mi", "Gi", "Ti"]))
def test_a_larger_suffix_is_more(amount: int, suffix: str) -> None:
    assert bytes_of(f"{amount + 1}{suffix}") > bytes_of(f"{amount}{suffix}")


@pytest.mark.parametrize("quantity", ["", "Gi", "1GB", "twenty", "1 Gi"])
def test_what_is_no_quantity_is_refused_in_the_target(quantity: str) -> None:
    with pytest.raises(ValidationError, match=r"pattern"):
        Volumes(storage_class="fast", claims={"desk/data": quantity})
