"""Pods of namespaces that exist beside the platform's, as the policies' own rules describe them; pure.

A rule that finds a namespace by its labels, or pods there by theirs, is an opening to whoever has these labels, also
where nothing there runs just now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from golive.facts.network_policy import Pod, Policies
from golive.facts.network_policy_rules import Selector

USUAL = "golive"
"""A label's value where any will do."""


def meant_elsewhere(
    policies: Policies, namespaces: Mapping[str, Mapping[str, str]], own: frozenset[str]
) -> Iterator[Pod]:
    """A pod for each way in which a rule finds one of a namespace that is not the platform's own.

    ``namespaces`` are all of the cluster, with their labels. Those that no rule tells apart are one: the first.
    """
    selectors = dict.fromkeys(peer.namespaces for each in policies.all for peer in each.peers if peer.namespaces)
    seen: set[object] = set()
    for space in sorted(namespaces.keys() - own):
        found_by = frozenset(each for each in selectors if each.finds(namespaces[space]))
        wanted = (peer.pods for each in policies.all for peer in each.peers if peer.namespaces in found_by)
        for labels in (labels for pods in wanted for labels in _labelled(pods)):
            key = found_by, frozenset(labels.items())
            if key not in seen:
                seen.add(key)
                yield Pod(space, _name(labels), labels, namespaces[space])


def _labelled(pods: Selector | None) -> Iterator[dict[str, str]]:
    """Labels of pods that the selector finds: one for each value that it takes."""
    if pods is None:
        yield {}
        return
    values: dict[str, frozenset[str]] = {}
    for key, operator, told in pods.requirements:
        if operator == "In":
            values[key] = values.get(key, told) & told
    for key, operator, _ in pods.requirements:
        if operator == "Exists":  # of a label whose values another requirement tells, each of these will do
            values.setdefault(key, frozenset({USUAL}))
    for chosen in product(*(sorted(each) for each in values.values())):
        labels = dict(zip(values, chosen, strict=True))
        if pods.finds(labels):
            yield labels


def _name(labels: Mapping[str, str]) -> str:
    told = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return f"a pod labelled {told}" if told else "a pod"
