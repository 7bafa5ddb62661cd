"""Who may do everything, by which binding and where."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.cluster_admins import Grant, allow_all, grants

ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
SOME = {"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}


def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "rules": list(rules) or None}


def binding(role: str, *subjects: dict[str, str], kind: str = "ClusterRole", namespace: str = "") -> dict[str, Any]:
    meta = {"name": "b"} | ({"namespace": namespace} if namespace else {})
    return {"metadata": meta, "roleRef": {"kind": kind, "name": role}, "subjects": list(subjects) or None}


ACCOUNT = {"kind": "ServiceAccount", "name": "default", "namespace": "desk"}
GROUP = {"kind": "Group", "name": "deployers"}


def test_a_role_allows_everything_by_one_rule_that_names_everything() -> None:
    found = allow_all(
        [
            role("root", SOME, ALL),
            role("view", SOME),
            role("none"),
            role("half", {**ALL, "verbs": ["get"]}),
            role("paths", {"nonResourceURLs": ["*"], "verbs": ["*"]}),
        ]
    )
    assert found == {"root"}


@pytest.mark.parametrize(
    ("bound", "found"),
    [
        (binding("root", ACCOUNT, GROUP), {("ServiceAccount desk/default", "b"), ("Group deployers", "b")}),
        (binding("root", ACCOUNT, namespace="desk"), {("ServiceAccount desk/default", "desk/b")}),
        (binding("owner", GROUP, kind="Role", namespace="desk"), {("Group deployers", "desk/b")}),
        (binding("root", GROUP, kind="Role", namespace="desk"), set()),
        (binding("owner", GROUP), set()),
        (binding("root"), set()),
        (binding("view", GROUP), set()),
    ],
)
def test_a_binding_gives_what_its_role_allows_where_it_holds(
    bound: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    given = set(grants([bound], frozenset({"root"}), frozenset({"owner"})))
    assert given == {Grant(subject, bound["roleRef"]["name"], where) for subject, where in found}
