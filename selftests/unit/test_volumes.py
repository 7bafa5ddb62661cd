"""Claims and quantities: what is bound, large enough and kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from golive.facts.quantity import bytes_of
from golive.facts.volumes import claim_of
from golive.target.cluster import Volumes

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
