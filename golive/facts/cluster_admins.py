"""Bindings by which somebody may do everything, in the whole cluster or in one namespace; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Grant:
    """A binding by which a subject may do everything, everywhere or in one namespace."""

    subject: str
    role: str
    binding: str
    """Its name, after its namespace's where it holds in that one alone."""


def allow_all(roles: Iterable[Object]) -> frozenset[str]:
    """Names of those roles that allow everything."""
    return frozenset(each["metadata"]["name"] for each in roles if any(map(_is_all, each.get("rules") or ())))


def grants(
    bindings: Iterable[Object], cluster_roles: frozenset[str], roles: frozenset[str] = frozenset()
) -> Iterator[Grant]:
    """What the bindings give of those cluster roles, and of those roles of their own namespace."""
    mighty = {"ClusterRole": cluster_roles, "Role": roles}
    for binding in bindings:
        role = binding["roleRef"]
        if role["name"] in mighty[role["kind"]]:
            yield from _of(binding)


def _of(binding: Object) -> Iterator[Grant]:
    meta = binding["metadata"]
    where = "/".join(filter(None, (meta.get("namespace", ""), meta["name"])))
    for each in binding.get("subjects") or ():
        name = f"{each.get('namespace')}/{each['name']}" if each["kind"] == "ServiceAccount" else each["name"]
        yield Grant(f"{each['kind']} {name}", binding["roleRef"]["name"], where)


def _is_all(rule: Object) -> bool:
    return all("*" in (rule.get(part) or ()) for part in ("apiGroups", "resources", "verbs"))
