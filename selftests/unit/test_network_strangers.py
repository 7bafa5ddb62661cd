"""Whom the rules of policies find in namespaces that are not the platform's: a pod for each way."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.network_policy import Policies
from golive.facts.network_strangers import meant_elsewhere
from selftests.unit.policies import Thing

SPACES = {"app": {"part": "app"}, "alerts": {"team": "watch"}, "metrics": {"team": "watch"}, "other": {}}
WATCH = {"matchLabels": {"team": "watch"}}


def found(*peers: Thing) -> list[str]:
    """The pods of other namespaces that these peers of one rule find."""
    spec = {"podSelector": {}, "ingress": [{"from": list(peers)}]}
    policies = Policies.read([{"metadata": {"namespace": "app", "name": "p"}, "spec": spec}])
    return [str(pod) for pod in meant_elsewhere(policies, SPACES, frozenset({"app"}))]


def asking(*requirements: tuple[str, str, list[str] | None]) -> Thing:
    """A selector of pods by these expressions: key, operator and values."""
    said = ({"key": key, "operator": operator, "values": values} for key, operator, values in requirements)
    return {"matchExpressions": [{name: value for name, value in each.items() if value is not None} for each in said]}


def test_namespaces_that_no_rule_tells_apart_are_one() -> None:
    assert found({"namespaceSelector": WATCH}) == ["alerts/a pod"]
    assert found({"namespaceSelector": {}}) == ["alerts/a pod"]
    assert found({"namespaceSelector": WATCH}, {"namespaceSelector": {}}) == ["alerts/a pod", "other/a pod"]
    assert found({"podSelector": {}}, {"ipBlock": {"cidr": "192.0.2.0/24"}}) == []


@pytest.mark.parametrize(
    ("requirements", "labels"),
    [
        ([("job", "In", ["a", "b"])], ["job=a", "job=b"]),
        ([("job", "In", ["a", "b"]), ("job", "In", ["b", "c"])], ["job=b"]),
        ([("job", "In", ["a"]), ("job", "NotIn", ["a"])], []),
        ([("job", "In", ["a"]), ("tier", "In", ["x", "y"])], ["job=a, tier=x", "job=a, tier=y"]),
        ([("job", "Exists", None)], ["job=golive"]),
        ([("job", "In", ["a"]), ("job", "Exists", None)], ["job=a"]),
        ([("job", "Exists", None), ("job", "In", ["a"])], ["job=a"]),
    ],
)
def test_a_pod_has_labels_by_which_the_rule_finds_it(requirements: list[Any], labels: list[str]) -> None:
    assert found({"namespaceSelector": WATCH, "podSelector": asking(*requirements)}) == [
        f"alerts/a pod labelled {each}" for each in labels
    ]


@pytest.mark.parametrize("operator", ["NotIn", "DoesNotExist"])
def test_a_pod_that_must_lack_something_has_nothing(operator: str) -> None:
    lacking = asking(("job", operator, ["a"] if operator == "NotIn" else None))
    assert found({"namespaceSelector": WATCH, "podSelector": lacking}) == ["alerts/a pod"]
