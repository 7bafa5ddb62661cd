"""Connections that are tried: between whom, on which ports, and what their outcomes say."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from ipaddress import ip_address

import pytest

from golive.errors import (
    TooLittleData,
)
from golive.facts.network_matrix import Scene
from golive.facts.network_policy import Pod, Policies
from golive.facts.network_tries import Source, Tries, Try, outcome, plan, refuse_one_sided
from golive.target.network import NetworkPolicies, NetworkProbe
from selftests.unit.test_network_matrix import ENDS, FLOWS, GOOD, OWN, PODS, SPACES

SCENE = Scene(
    Policies.read(GOOD), PODS, SPACES, OWN, NetworkPolicies.model_validate({"ends": ENDS, "flows": tuple(FLOWS)})
)
TRIES = (
    Try("b (b-1)", "10.0.0.1", 80, declared=True),
    Try("c (c-1)", "10.0.0.2", 80, declared=False, stopped_by="egress"),
)
SOURCE = Source("a", "app", {"name": "a"}, TRIES)
OTHER = Source("d", "app", {"name": "d"}, (Try("c (c-1)", "10.0.0.2", 80, declared=True),))


def test_each_end_and_a_pod_without_labels_try_every_pod_that_listens() -> None:
    sources = {source.label: source for source in plan(SCENE)}
    assert sources.keys() == {"web", "api", "db", "app/a pod without labels", "stores/a pod without labels"}
    assert {one.destination for one in sources["db"].tries} == {
        "web (web-1)",
        "web (web-2)",
        "api (api-3)",
        "db (db-4)",
    }
    declared = {name: {one.destination for one in source.tries if one.declared} for name, source in sources.items()}
    assert declared == {
        "web": {"api (api-3)"}, "api": {"db (db-4)"}, "db": set(),
        "app/a pod without labels": set(), "stores/a pod without labels": set(),
    }  # fmt: skip
    assert sources["web"].labels == {"name": "web"}
    assert {(one.destination, one.stopped_by) for one in sources["db"].tries} == {
        ("web (web-1)", "both"), ("web (web-2)", "both"), ("api (api-3)", "both"), ("db (db-4)", "both")
    }  # fmt: skip
    assert {one.stopped_by for one in sources["web"].tries if one.declared} == {""}


def test_an_end_outside_that_is_one_address_is_tried_too() -> None:
    ends = {**ENDS, "mail": {"networks": ["198.51.100.25/32"]}, "net": {"networks": ["198.51.100.32/29"]}}
    flows = (*FLOWS, "web -> mail: 587", "web -> net: 587")
    settings = NetworkPolicies.model_validate({"ends": ends, "flows": flows})
    sources = {source.label: source for source in plan(replace(SCENE, settings=settings))}
    outside = {name: [t for t in source.tries if "(198" in t.destination] for name, source in sources.items()}
    assert outside["web"] == [Try("mail (198.51.100.25)", "198.51.100.25", 587, declared=True, stopped_by="egress")]
    assert {one.declared for one in outside["api"]} == {False}


def test_a_probe_outside_tries_the_platforms_pods_which_ingress_alone_refuses() -> None:
    settings = SCENE.settings.model_copy(update={"probe": NetworkProbe(image="x", outside="golive")})
    found = plan(replace(SCENE, settings=settings))
    assert [source.label for source in found if source.namespace == "golive"] == ["golive/a pod"]
    assert {(one.declared, one.stopped_by) for one in found[-1].tries} == {(False, "ingress")}
    assert {one.port for one in found[-1].tries} == {443, 80, 5432}


@pytest.mark.parametrize(
    ("denied_by", "reached", "words"),
    [
        ({"both": 9, "egress": 1}, (), "ingress alone"),
        ({"both": 9, "ingress": 1}, (), "egress alone"),
        ({"egress": 1, "ingress": 1}, (), None),
        ({"both": 9}, ("a -> b",), None),
    ],
)
def test_each_side_must_have_been_seen_to_deny_by_itself(
    denied_by: dict[str, int], reached: tuple[str, ...], words: str | None
) -> None:
    tries = Tries("x", 2, 2, 10, denied_by, 0, (), reached)
    with pytest.raises(TooLittleData, match=words) if words else nullcontext():
        refuse_one_sided(tries)


def test_what_may_not_be_reached_counts_as_denied_beside_its_control_alone() -> None:
    found = outcome([(SOURCE, "ot"), (OTHER, "o")], "x")
    assert found.denied_by == {"egress": 1}
    assert (found.connected, found.denied, found.uncontrolled, found.blocked, found.reached) == (2, 1, 0, (), ())
    alone = outcome([(SOURCE, "or"), (OTHER, "t")], "x")
    assert (alone.denied, alone.uncontrolled) == (0, 1)
    assert alone.blocked == ("d -> c (c-1): 80/TCP timed out",)


def test_what_was_tried_is_told_whole() -> None:
    denied = {"egress": 1}
    assert outcome([(SOURCE, "or"), (OTHER, "o")], "x") == Tries("x", 2, 2, 1, denied, 0, (), ())
    again = replace(SOURCE, tries=TRIES[:1])
    assert outcome([(SOURCE, "ou"), (again, "o"), (OTHER, "o")], "x") == Tries("x", 2, 3, 1, denied, 0, (), ())
    assert outcome([(SOURCE, "rr")], "x") == Tries("x", 1, 0, 0, {}, 1, ("a -> b (b-1): 80/TCP refused",), ())
    reached = ("a -> c (c-1): 80/TCP connected",)
    assert outcome([(SOURCE, "oo")], "x") == Tries("x", 1, 1, 0, {}, 0, (), reached)
    with pytest.raises(ValueError, match="zip"):
        outcome([(SOURCE, "o")], "x")


def test_only_pods_of_the_platforms_own_network_try_and_only_ports_of_tcp_are_tried() -> None:
    ports = (("dns", "UDP", 53), ("web", "TCP", 8053))
    dns = Pod("app", "dns-1", {"name": "dns"}, SPACES["app"], (ip_address("10.0.0.7"),), ports)
    coming = Pod("app", "new-1", {"name": "new"}, SPACES["app"], (), (("web", "TCP", 80),))
    host = Pod("app", "old-1", {"name": "old"}, SPACES["app"], (ip_address("192.0.2.9"),), ports[1:], host_network=True)
    other = Pod("kube-system", "x-1", {"name": "x"}, SPACES["kube-system"], (ip_address("10.0.0.8"),), ports)
    sources = {source.label: source for source in plan(replace(SCENE, pods=(*PODS[:1], dns, coming, host, other)))}
    nowhere = [f"app/{name} (declared nowhere)" for name in ("dns-1", "new-1")]
    strangers = ["app/a pod without labels", "stores/a pod without labels"]
    assert list(sources) == ["web", *nowhere, *strangers]
    assert [(one.destination, one.address, one.port) for one in sources["web"].tries] == [
        ("web (web-1)", "10.0.0.1", 443), ("app/dns-1 (declared nowhere) (dns-1)", "10.0.0.7", 8053),
        ("app/old-1 (declared nowhere) (old-1)", "192.0.2.9", 8053),
    ]  # fmt: skip


def test_of_declared_ports_those_of_tcp_that_stand_alone_are_tried() -> None:
    flows = (*FLOWS, "web -> api: 53/UDP, 9000-9010, 8443")
    declared = NetworkPolicies.model_validate({"ends": ENDS, "flows": flows})
    sources = {source.label: source for source in plan(replace(SCENE, settings=declared))}
    assert [one.port for one in sources["web"].tries if one.destination == "api (api-3)"] == [80, 8443]


def test_a_probe_has_those_labels_alone_by_which_policies_go() -> None:
    more = Pod("app", "web-9", {"name": "web", "hash": "1"}, SPACES["app"], (ip_address("10.0.0.9"),))
    (source,) = (each for each in plan(replace(SCENE, pods=(more,))) if each.label == "web")
    assert (source.namespace, source.labels) == ("app", {"name": "web"})


def test_what_was_reached_against_the_policies_is_named() -> None:
    assert outcome([(SOURCE, "oo")], "x").reached == ("a -> c (c-1): 80/TCP connected",)
    assert outcome([(SOURCE, "ut")], "x").blocked == ("a -> b (b-1): 80/TCP unreachable",)


@pytest.mark.parametrize("found", [[(SOURCE, "or")], []])
def test_tries_without_any_denial_beside_its_control_are_too_few(found: list[tuple[Source, str]]) -> None:
    with pytest.raises(TooLittleData) as caught:
        outcome(found, "x")
    words = f"{len(found)} declared connections were made, 0 others denied beside a control"
    assert (caught.value.system, caught.value.message) == ("cluster", words)
