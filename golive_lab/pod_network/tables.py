"""Packet filters made of NetworkPolicies, as a node's would be: addresses and ports alone.

Which pods and namespaces a selector means is asked of the API server, which selects them itself; no part of golive has
a share in it.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote

from golive_lab.kubernetes.api import ClusterApi

Thing = dict[str, Any]
EVERYBODY = None
MAIL = ("198.51.100.25", 587)
"""A relay outside of the cluster, to which some services send."""
Rule = tuple[frozenset[str] | None, list[Thing], list[Thing]]
"""Addresses of the other side or EVERYBODY, further networks, and ports."""


class Tables:
    """Of one moment."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        self._pods = lru_cache(None)(self._selected_pods)
        self._spaces = lru_cache(None)(self._selected_spaces)
        self._named: dict[str, list[Thing]] = {}
        self._guards: dict[tuple[str, str], list[Rule]] = {}
        for pod in api.items("/api/v1/pods"):
            if pod["status"].get("phase") == "Running" and not pod["spec"].get("hostNetwork"):
                listed = [port for each in pod["spec"]["containers"] for port in each.get("ports", [])]
                self._named[pod["status"].get("podIP", "")] = listed
        for policy in api.items("/apis/networking.k8s.io/v1/networkpolicies"):
            self._compile(policy)

    def listens(self, address: str, port: int) -> bool:
        """Whether a pod there says that it has that TCP port, or it is the mail relay's."""
        if (address, port) == MAIL:
            return True
        return any(
            each["containerPort"] == port and each.get("protocol", "TCP") == "TCP"
            for each in self._named.get(address, [])
        )

    def passes(self, side: str, guarded: str, other: str, server: str, port: int) -> bool:
        """Whether the guarded address's side lets that TCP connection of the server's port pass."""
        guards = self._guards.get((side, guarded))
        if guards is None:
            return True
        return any(
            (members is EVERYBODY or other in members or _in(nets, other)) and self._fits(ports, server, port)
            for members, nets, ports in guards
        )

    def _compile(self, policy: Thing) -> None:
        spec, space = policy["spec"], policy["metadata"]["namespace"]
        for side, whom in (("ingress", "from"), ("egress", "to")):
            if side.capitalize() not in spec["policyTypes"]:
                continue
            rules = []
            for rule in spec.get(side) or []:
                peers = rule.get(whom) or []
                members = frozenset().union(*(self._members(space, peer) for peer in peers)) if peers else EVERYBODY
                nets = [peer["ipBlock"] for peer in peers if "ipBlock" in peer]
                rules.append((members, nets, rule.get("ports") or []))
            for address in self._pods(space, _query(spec.get("podSelector") or {})):
                self._guards.setdefault((side, address), []).extend(rules)

    def _members(self, space: str, peer: Thing) -> frozenset[str]:
        if "ipBlock" in peer:
            return frozenset()
        spaces = self._spaces(_query(peer["namespaceSelector"])) if "namespaceSelector" in peer else (space,)
        query = _query(peer.get("podSelector") or {})
        return frozenset().union(*(self._pods(each, query) for each in spaces))

    def _selected_pods(self, space: str, query: str) -> frozenset[str]:
        found = self._api.items(f"/api/v1/namespaces/{space}/pods?labelSelector={query}")
        return frozenset(each["status"]["podIP"] for each in found if each["status"].get("podIP") in self._named)

    def _selected_spaces(self, query: str) -> tuple[str, ...]:
        return tuple(each["metadata"]["name"] for each in self._api.items(f"/api/v1/namespaces?labelSelector={query}"))

    def _fits(self, ports: list[Thing], server: str, port: int) -> bool:
        if not ports:
            return True
        for each in ports:
            wanted = each.get("port")
            if each.get("protocol", "TCP") != "TCP":
                continue
            if isinstance(wanted, str):
                if any(p.get("name") == wanted and p["containerPort"] == port for p in self._named.get(server, [])):
                    return True
            elif wanted is None or int(wanted) <= port <= int(each.get("endPort") or wanted):
                return True
        return False


def _in(nets: list[Thing], address: str) -> bool:
    at = ip_address(address)
    return any(
        at in ip_network(net["cidr"]) and not any(at in ip_network(each) for each in net.get("except", []))
        for net in nets
    )


def _query(selector: Thing) -> str:
    """A selector as the API's own query has it."""
    words = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or []:
        values = f"({','.join(each.get('values', []))})"
        words.append(
            {
                "In": f"{each['key']} in {values}",
                "NotIn": f"{each['key']} notin {values}",
                "Exists": each["key"],
                "DoesNotExist": f"!{each['key']}",
            }[each["operator"]]
        )
    return quote(",".join(words))
