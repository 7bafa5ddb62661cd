"""The matrix of flows: what policies allow beside what is declared, for pods that run or could, and all addresses."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from golive.facts.network_matrix import Evaluation, Scene, evaluation, known_ends
from golive.facts.network_policy import Outsider, Pod, Policies
from golive.target.network import NetworkPolicies
from selftests.unit.policies import SOME, Thing

SPACES = {
    "app": {"part": "app"},
    "stores": {"part": "stores"},
    "kube-system": {"kubernetes.io/metadata.name": "kube-system"},
    "monitoring": {"kubernetes.io/metadata.name": "monitoring"},
}
OWN = frozenset({"app", "stores"})
ENDS = {
    "web": {"namespace": "app", "labels": {"name": "web"}},
    "api": {"namespace": "app", "labels": {"name": "api"}},
    "db": {"namespace": "stores", "labels": {"name": "db"}},
    "edge": {"networks": ["192.0.2.0/24"]},
}
FLOWS = ["edge -> web: 443", "web -> api: 80", "api -> db: 5432"]


def pod(space: str, name: str, address: str, *ports: int, **more: Any) -> Pod:
    told = tuple((f"port-{port}", "TCP", port) for port in ports)
    return Pod(space, f"{name}-{address[-1]}", {"name": name}, SPACES[space], (ip_address(address),), told, **more)


PODS = (
    pod("app", "web", "10.0.0.1", 443),
    pod("app", "web", "10.0.0.2", 443),
    pod("app", "api", "10.0.0.3", 80),
    pod("stores", "db", "10.0.0.4", 5432),
)


def policy(space: str, name: str, **spec: Any) -> Thing:
    return {"metadata": {"namespace": space, "name": name}, "spec": {"podSelector": {}, **spec}}


def of(name: str) -> Thing:
    return {"matchLabels": {"name": name}}


def by_name(space: str) -> Thing:
    return {"matchLabels": {"kubernetes.io/metadata.name": space}}


MONITORING = {"namespaceSelector": by_name("monitoring")}


def rule(whom: str, peer: Thing, port: int) -> list[Thing]:
    return [{whom: [peer], "ports": [{"port": port}]}]


BOTH = ["Ingress", "Egress"]
WIDE = {"ipBlock": {"cidr": "192.0.0.0/16"}}
DENY = [policy(space, "default-deny", policyTypes=BOTH) for space in ("app", "stores")]
WEB = policy(
    "app", "web", podSelector=of("web"), policyTypes=BOTH,
    ingress=rule("from", {"ipBlock": {"cidr": "192.0.2.0/24"}}, 443),
    egress=rule("to", {"podSelector": of("api")}, 80),
)  # fmt: skip
API = policy(
    "app", "api", podSelector=of("api"), policyTypes=BOTH, ingress=rule("from", {"podSelector": of("web")}, 80),
    egress=rule("to", {"namespaceSelector": {"matchLabels": {"part": "stores"}}, "podSelector": of("db")}, 5432),
)  # fmt: skip
DB = policy(
    "stores", "db", podSelector=of("db"),
    ingress=rule("from", {"namespaceSelector": {"matchLabels": {"part": "app"}}, "podSelector": of("api")}, 5432),
)  # fmt: skip
GOOD = (*DENY, WEB, API, DB)


def judged(
    policies: Iterable[Thing] = GOOD, pods: Iterable[Pod] = PODS, flows: Iterable[str] = FLOWS, **declared: Any
) -> Evaluation:
    settings = NetworkPolicies.model_validate({"ends": ENDS, "flows": tuple(flows), **declared})
    return evaluation(Scene(Policies.read(policies), tuple(pods), SPACES, OWN, settings))


def words(found: Evaluation) -> str:
    return "\n".join((*found.absent, *found.idle, *found.not_isolated, *found.cut, *found.undeclared))


def test_what_is_as_declared_says_nothing() -> None:
    found = judged()
    assert words(found) == ""
    assert (found.policies, found.pods, found.flows) == (5, 4, 3)
    assert found.pairs > len(PODS) ** 2


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([*DENY, WEB, DB], "api -> db: 5432/TCP is not possible; egress lets no port through"),
        ([*DENY, API, DB], "edge -> web: 443/TCP is not possible; egress lets every port through, ingress lets no"),
        ([DENY[0], WEB, API, DB], "stores/a pod without labels: egress and ingress (no policy selects it)"),
        ([*DENY[1:], WEB, API, DB], "app/a pod without labels: egress and ingress"),
        ([*GOOD, policy("app", "all", policyTypes=["Egress"], egress=[{}])], "web -> outside (0.0.0.0 and on): every"),
        ([*GOOD, policy("app", "all", policyTypes=["Egress"], egress=[{}])], "egress: app/all"),
        ([*GOOD, policy("stores", "all", ingress=[{}])], "a pod of another namespace -> db: every port is possible"),
        (
            [*GOOD, policy("stores", "c", ingress=[{"from": [{"namespaceSelector": {}, "podSelector": of("api")}]}])],
            "a pod of another namespace that is labelled as api -> db: every port",
        ),
        (
            [*GOOD, policy("app", "v6", podSelector=of("web"), ingress=[{"from": [{"ipBlock": {"cidr": "::/0"}}]}])],
            "outside (:: and on) -> web: every port is possible and not declared; ingress: app/v6",
        ),
        (
            [
                *GOOD,
                policy("app", "b", podSelector=of("web"), ingress=rule("from", WIDE, 1)),
            ],
            "outside (192.0.3.0 and on) -> web: 1/TCP",
        ),
        (
            [*GOOD, policy("stores", "m", ingress=[{"from": [{"namespaceSelector": by_name("monitoring")}]}])],
            "monitoring/a pod -> db: every port is possible and not declared; egress: not isolated, ingress: stores/m",
        ),
        (
            [*GOOD, policy("stores", "m", ingress=[{"from": [{**MONITORING, "podSelector": of("scraper")}]}])],
            "monitoring/a pod labelled name=scraper -> db: every port is possible and not declared",
        ),
        (
            [*GOOD, policy("app", "m", egress=[{"to": [MONITORING]}], policyTypes=["Egress"])],
            "api -> monitoring/a pod: every port is possible and not declared; egress: app/m",
        ),
        ([*GOOD, policy("app", "late", podSelector=of("batch"))], "app/late selects no pod"),
        (
            [*GOOD, policy("app", "n", ingress=rule("from", {"namespaceSelector": {"matchLabels": {"part": "x"}}}, 1))],
            "app/n has a rule whose namespaceSelector finds no namespace",
        ),
        (
            [*GOOD, policy("app", "p", ingress=rule("from", {"podSelector": of("x")}, 1))],
            "app/p has a rule that finds no pod in app",
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_declared_is_named(policies: list[Thing], expected: str) -> None:
    assert expected in words(judged(policies))


PAIRS = 13**2 - 8**2 - 4
"""Of thirteen ends, five of them the platform's; four of these are one pod each, which has no way to another."""


def test_an_evaluation_is_told_whole() -> None:
    assert judged() == Evaluation(5, 4, PAIRS, 3, (), (), (), (), ())
    cut = (
        "web -> api: 80/TCP is not possible; egress lets 80/TCP through, ingress lets no port through",
        "api -> db: 5432/TCP is not possible; egress lets no port through, ingress lets 5432/TCP through",
    )
    assert judged([*DENY, WEB, DB]) == Evaluation(4, 4, PAIRS, 3, (), (), (), cut, ())


def test_an_opening_is_told_with_the_policies_that_make_it() -> None:
    wide = policy("app", "wide", policyTypes=["Egress"], egress=rule("to", WIDE, 22))
    to = ("outside (192.0.0.0 and on)", "edge", "outside (192.0.3.0 and on)")
    assert judged([*GOOD, wide]).undeclared == tuple(
        f"{one} -> {other}: 22/TCP is possible and not declared; egress: app/wide"
        for one in ("web", "api", "app/a pod without labels") for other in to
    )  # fmt: skip


def test_what_others_have_in_their_namespaces_is_not_the_platforms() -> None:
    other = Pod("kube-system", "x-1", {"name": "x"}, SPACES["kube-system"], (ip_address("10.0.0.8"),))
    found = judged([*GOOD, policy("kube-system", "late", podSelector=of("batch"))], [*PODS, other])
    assert found == Evaluation(6, 4, PAIRS, 3, (), (), (), (), ())


def test_every_namespace_in_which_a_rule_finds_no_pod_is_named() -> None:
    parts = {"matchExpressions": [{"key": "part", "operator": "Exists"}]}
    peer = {"namespaceSelector": parts, "podSelector": of("x")}
    found = judged([*GOOD, policy("app", "p", ingress=rule("from", peer, 1))])
    assert found.idle == ("app/p has a rule that finds no pod in app, stores",)


def test_a_rule_for_addresses_finds_somebody_whatever_runs_beside_it() -> None:
    found = judged([*DENY, policy("stores", "addresses", ingress=rule("from", WIDE, 1))], PODS[:3])
    assert found.idle == ("stores/default-deny selects no pod", "stores/addresses selects no pod")


def test_a_policy_may_find_nobody_where_the_target_says_so() -> None:
    late = policy("app", "late", podSelector=of("batch"))
    assert judged([*GOOD, late], idle=["app/late"]).idle == ()


def test_who_cannot_be_looked_at_is_not_called_nobody() -> None:
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": of("x"),
    }
    assert judged([*GOOD, policy("app", "dns", ingress=rule("from", peer, 1))]).idle == ()


def test_one_pod_of_many_with_another_label_is_looked_at_by_itself() -> None:
    odd = Pod("app", "web-odd", {"name": "web", "tier": "x"}, SPACES["app"], (ip_address("10.0.0.9"),))
    more = policy("app", "odd", podSelector={"matchLabels": {"tier": "x"}}, ingress=[{}])
    assert "api -> web: every port" not in words(judged(pods=[*PODS, odd]))
    assert "a pod of another namespace -> web: every port" in words(judged([*GOOD, more], [*PODS, odd]))


def test_a_pod_that_nobody_declared_is_an_end_too() -> None:
    found = judged(pods=[*PODS, pod("app", "old", "10.0.0.8", 22)])
    assert words(found) == ""
    open_to_it = policy("app", "old", podSelector=of("old"), ingress=[{"from": [{"podSelector": of("web")}]}])
    wide = policy("app", "wide", podSelector=of("web"), policyTypes=["Egress"], egress=[{}])
    assert "web -> app/old-8 (declared nowhere): every port" in words(
        judged([*GOOD, open_to_it, wide], [*PODS, pod("app", "old", "10.0.0.8", 22)])
    )


def test_a_pod_on_the_hosts_network_is_reached_by_no_policy() -> None:
    found = judged(pods=[*PODS[1:], pod("app", "web", "192.0.2.1", 443, host_network=True)])
    assert "web: egress and ingress (on the host's network, which policies do not reach)" in found.not_isolated


def test_an_end_of_which_no_pod_runs_is_absent() -> None:
    assert judged(pods=PODS[:3]).absent == ("db: no pod of stores that runs has its labels",)


@settings(max_examples=30, deadline=None)
@given(SOME, st.sampled_from(["192.0.2.0/28", "10.0.0.0/9", "2001:db8::/32"]))
def test_every_address_is_as_the_one_that_stands_for_it(policies: list[Thing], declared: str) -> None:
    ends = {**ENDS, "edge": {"networks": [declared]}}
    target = NetworkPolicies.model_validate({"ends": ends, "flows": tuple(FLOWS)})
    scene = Scene(Policies.read(policies), PODS, SPACES, OWN, target)
    firsts = sorted(
        (end.address.version, int(end.address))
        for known in known_ends(scene)
        for end in known.ends
        if isinstance(end, Outsider)
    )
    for text in ("0.0.0.0", "10.0.0.20", "192.0.2.15", "203.0.113.130", "255.255.255.255", "2001:db8::7", "ffff::"):
        address = ip_address(text)
        version, first = max(each for each in firsts if each <= (address.version, int(address)))
        twin = ip_network((first, 32 if version == 4 else 128)).network_address
        for one in PODS:
            pairs = (Outsider(address, ""), one), (Outsider(twin, ""), one)
            assert len({scene.policies.allowed(*pair) for pair in pairs}) == 1
            assert len({scene.policies.allowed(server, client) for client, server in pairs}) == 1
        assert (address in ip_network(declared)) == (twin in ip_network(declared))


@pytest.mark.parametrize(
    ("flow", "ports"),
    [
        ("web -> api: 80", (("TCP", 80, 80),)),
        ("any -> api: 53/UDP, 53", (("UDP", 53, 53), ("TCP", 53, 53))),
        ("web -> api:9000-9010/SCTP", (("SCTP", 9000, 9010),)),
    ],
)
def test_flows_are_read(flow: str, ports: tuple[tuple[str, int, int], ...]) -> None:
    (read,) = NetworkPolicies.model_validate({"ends": ENDS, "flows": (flow,)}).flows
    assert read.ports == ports


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"flows": ("web to api 80",)}, "write a flow as"),
        ({"flows": ("web -> api: http",)}, "write a flow as"),
        ({"flows": ("web -> api: 0",)}, "greater than or equal to 1"),
        ({"flows": ("web -> api: 70000",)}, "less than or equal to 65535"),
        ({"flows": ("web -> api: 90-80",)}, "ends before it begins"),
        ({"flows": ("web -> apo: 80",)}, "no end is called apo; ends are api, db, edge, web"),
        ({"flows": ()}, "at least 1"),
        ({"ends": {"any": ENDS["web"]}}, "call it otherwise"),
        ({"ends": {"web": {"labels": {"a": "b"}}}}, "name a namespace with labels, or networks"),
        ({"ends": {"web": {"namespace": "app", "networks": ["192.0.2.0/24"]}}}, "name a namespace with labels"),
        ({"ends": {"web": {"networks": ["192.0.2.0/24"], "labels": {"a": "b"}}}}, "networks have no labels"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(declared: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        NetworkPolicies.model_validate({"ends": ENDS, "flows": tuple(FLOWS), **declared})
