"""The Pod Security Standards as golive reads them off a pod; selftests/lab/test_cluster.py asks a real admission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from golive.facts.pod_security import GOOD
from golive.facts.pod_standard import violations
from selftests.pods import ALLOWED, BREAKING, changed


def broken(level: str, change: Mapping[str, Any]) -> tuple[str, ...]:
    return violations({"spec": changed(GOOD, change)}, level)


def test_a_good_pod_breaks_nothing() -> None:
    assert broken("restricted", {}) == broken("baseline", {}) == ()


@pytest.mark.parametrize("name", BREAKING)
def test_each_way_to_break_a_level_is_one_finding(name: str) -> None:
    breaks = BREAKING[name]
    assert bool(broken("restricted", breaks.change)), name
    assert bool(broken("baseline", breaks.change)) == (breaks.by == "baseline"), name


@pytest.mark.parametrize("name", ALLOWED)
def test_what_no_level_minds_is_no_finding(name: str) -> None:
    assert broken("restricted", ALLOWED[name]) == broken("baseline", ALLOWED[name]) == ()


def test_init_containers_count_too() -> None:
    privileged = {"initContainers": [{"name": "before", "securityContext": {"privileged": True}}]}
    assert broken("baseline", privileged) == ("before is privileged",)
