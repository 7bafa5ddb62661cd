"""Who is behind a service: pods that are ready, at each of its ports."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.endpoints import CONTROLLER, KEEPER, OF, OTHER_CLUSTER, Endpoints, endpoints_of

READY: dict[str, Any] = {"conditions": {"ready": True}}
UNREADY: dict[str, Any] = {"conditions": {"ready": False}}
UNSAID: dict[str, Any] = {"conditions": {}}
BARE: dict[str, Any] = {"addresses": ["10.0.0.1"]}


def service(*ports: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "desk", "name": "prices"}, "spec": {"ports": [{"name": each} for each in ports]}}


def piece(endpoints: list[Any], *ports: str, of: str = "prices") -> dict[str, Any]:
    labels = {OF: of, KEEPER: CONTROLLER}
    return {"metadata": {"labels": labels}, "endpoints": endpoints, "ports": [{"name": each} for each in ports] or None}


@pytest.mark.parametrize(
    ("ports", "slices", "ready", "note"),
    [
        (["http"], [piece([READY, UNREADY, UNSAID, BARE], "http")], 3, ""),
        (["http"], [piece([READY], "http"), piece([READY], "http"), piece([READY], "http", of="jobs")], 2, ""),
        (["http"], [piece([UNREADY], "http")], 0, "no pod behind it is ready"),
        (["http"], [], 0, "no pod behind it is ready"),
        (["http"], [piece([READY])], 0, "pods are ready, but port http leads to no port of theirs"),
        (["http", "grpc"], [piece([READY, READY], "http"), piece([READY], "http", "grpc")], 1, ""),
        (["http", "grpc"], [piece([READY], "http")], 0, "pods are ready, but port grpc leads to no port of theirs"),
        ([], [piece([READY])], 1, ""),
    ],
)
def test_an_endpoint_counts_where_every_port_of_the_service_leads_to_it(
    ports: list[str], slices: list[Any], ready: int, note: str
) -> None:
    assert endpoints_of(service(*ports), slices) == Endpoints("desk/prices", ready, note)


def test_the_only_port_of_a_service_needs_no_name() -> None:
    alone = {**service(), "spec": {"ports": [{"port": 80}]}}
    assert endpoints_of(alone, [{**piece([READY]), "ports": [{"name": "", "port": 8080}]}]).ready == 1
    words = "pods are ready, but its port leads to no port of theirs"
    assert endpoints_of(alone, [piece([READY])]).note == words


@pytest.mark.parametrize(
    ("labels", "elsewhere"),
    [
        ({}, ("10.9.9.9 by the slice old",)),
        ({KEEPER: "staff"}, ("10.9.9.9 by the slice old",)),
        ({KEEPER: CONTROLLER}, ()),
        ({KEEPER: "mesh.test", OTHER_CLUSTER: "east"}, ()),
        ({OF: "jobs"}, ()),
    ],
)
def test_addresses_that_the_services_controller_does_not_keep_lead_elsewhere(
    labels: dict[str, str], elsewhere: tuple[str, ...]
) -> None:
    meta = {"name": "old", "labels": {OF: "prices", **labels}}
    by_hand = {"metadata": meta, "endpoints": [{"addresses": ["10.9.9.9"]}], "ports": [{"name": "http"}]}
    silent = {"metadata": {"name": "empty"}, "endpoints": None}
    assert endpoints_of(service("http"), [piece([READY], "http"), by_hand, silent]).elsewhere == elsewhere
