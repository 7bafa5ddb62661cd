"""What a release rendered beside what is there: who runs, and who answers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from golive.facts.drift import AsRendered, as_rendered, comparable

SECRET = {"secretKeyRef": {"name": "store", "key": "password"}}
CONTAINER: dict[str, Any] = {
    "name": "prices",
    "image": "registry.test/prices:7.1",
    "args": ["--port", 8081],
    "env": [
        {"name": "LEVEL", "value": "info"},
        {"name": "PASSWORD", "valueFrom": SECRET},
        {"name": "NOTHING"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    "envFrom": [{"configMapRef": {"name": "common"}}, {"secretRef": {"name": "own", "optional": None}}],
}


def deployment() -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [copy.deepcopy(CONTAINER)]}}}
    return {"kind": "Deployment", "metadata": {"name": "prices"}, "spec": spec}


PORT = {"name": "http", "port": 80, "targetPort": "http"}


def service() -> dict[str, Any]:
    spec = {"selector": {"app": "prices"}, "ports": [dict(PORT)]}
    return {"kind": "Service", "metadata": {"name": "prices"}, "spec": spec}


def there(thing: dict[str, Any]) -> dict[str, Any]:
    """The same as the API server keeps it: with its defaults, texts for numbers, nothing empty."""
    kept = copy.deepcopy(thing)
    if kept["kind"] == "Service":
        kept["spec"] |= {"type": "ClusterIP", "clusterIP": "10.0.0.1"}
        kept["spec"]["ports"][0]["protocol"] = "TCP"
        return kept
    (container,) = kept["spec"]["template"]["spec"]["containers"]
    container |= {"args": ["--port", "8081"], "imagePullPolicy": "IfNotPresent"}
    container["env"][3]["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    del container["envFrom"][1]["secretRef"]["optional"]
    container["env"].append({"name": "STAKATER_STORE_SECRET", "value": "f00"})
    return kept


def words(rendered: dict[str, Any], found: dict[str, Any] | None) -> tuple[str, ...]:
    key = (rendered["kind"], "prices")
    answer = as_rendered({key: rendered}, {} if found is None else {key: found})
    assert answer.compared == 1
    return answer.drifted.get(" ".join(key), ())


@pytest.mark.parametrize(("digest", "same"), [("sha256:1", True), ("sha256:2", False), ("", False)])
def test_an_image_that_was_rendered_with_its_digest_has_that_one(digest: str, same: bool) -> None:
    def of_image(name: str) -> dict[str, Any]:
        spec = {"template": {"spec": {"containers": [{**CONTAINER, "args": [], "image": name}]}}}
        return {**deployment(), "spec": spec}

    tagged = "registry.test/prices:7.1"
    found = of_image(f"{tagged}@{digest}" if digest else tagged)
    assert (words(of_image(f"{tagged}@sha256:1"), found) == ()) is same


def test_defaults_of_the_api_server_are_no_difference() -> None:
    assert words(deployment(), there(deployment())) == words(service(), there(service())) == ()


def of(change: Callable[[dict[str, Any]], Any]) -> tuple[str, ...]:
    found = there(deployment())
    change(found["spec"]["template"]["spec"]["containers"][0])
    return words(deployment(), found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(image="registry.test/prices:7.1@sha256:1"), ""),
        (lambda c: c["env"][3]["valueFrom"]["fieldRef"].update(fieldPath="status.podIP"),
         "prices has another environment: NODE"),
        (lambda c: c.update(image="registry.test/prices:7.0"),
         "prices has image registry.test/prices:7.0; rendered registry.test/prices:7.1"),
        (lambda c: c.update(command=["sh"]), "prices has other command"),
        (lambda c: c.update(args=["--port", "1"]), "prices has other args"),
        (lambda c: c["env"].append({"name": "DEBUG", "value": "s3cret"}), "prices has another environment: DEBUG"),
        (lambda c: c["env"].pop(0), "prices has another environment: LEVEL"),
        (lambda c: c["env"][0].update(value="s3cret"), "prices has another environment: LEVEL"),
        (lambda c: c["env"][1]["valueFrom"]["secretKeyRef"].update(name="other"),
         "prices has another environment: PASSWORD"),
        (lambda c: c["env"][2].update(value="s3cret"), "prices has another environment: NOTHING"),
        (lambda c: c["envFrom"].append({"secretRef": {"name": "more"}}), "prices takes its environment from elsewhere"),
        (lambda c: c["envFrom"][1]["secretRef"].update(name="other"), "prices takes its environment from elsewhere"),
        (lambda c: c["envFrom"].pop(), "prices takes its environment from elsewhere"),
        (lambda c: c.update(name="other"), "container other was added; container prices was removed"),
    ],
)  # fmt: skip
def test_what_a_container_runs_is_as_rendered_and_no_value_is_told(change: Any, said: str) -> None:
    assert "; ".join(of(change)) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"selector": {"release": "desk"}}, "selects other pods"),
        ({"selector": None, "type": "ExternalName"}, "is of type ExternalName; selects other pods"),
        ({"ports": [{"port": 80, "targetPort": 9}]}, "port 80 leads to 9; rendered http"),
        ({"ports": [{"port": 81, "targetPort": 9}]}, "port 80 was removed; port 81 was added"),
        ({"ports": [PORT | {"protocol": "UDP"}]}, "port 80 was removed; port 80/UDP was added"),
        ({"ports": [PORT, PORT | {"protocol": "UDP"}]}, "port 80/UDP was added"),
    ],
)
def test_whom_a_service_leads_to_is_as_rendered(change: dict[str, Any], said: str) -> None:
    found = there(service())
    found["spec"] |= change
    assert "; ".join(words(service(), found)) == said


def test_what_is_gone_is_told_and_a_schedule_is_looked_into() -> None:
    assert words(deployment(), None) == ("is not there",)
    scheduled = {**deployment(), "kind": "CronJob", "spec": {"jobTemplate": {"spec": deployment()["spec"]}}}
    other = copy.deepcopy(scheduled)
    (container,) = other["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    container["image"] = "registry.test/prices:6"
    assert words(scheduled, other)[0].startswith("prices has image registry.test/prices:6")


def test_objects_of_other_kinds_and_namespaces_are_left_out() -> None:
    elsewhere = {"kind": "Service", "metadata": {"name": "a", "namespace": "other"}}
    here = {"kind": "Service", "metadata": {"name": "b", "namespace": "desk"}}
    other = {"kind": "ConfigMap", "metadata": {"name": "c"}}
    assert list(comparable([elsewhere, here, other, deployment()], "desk")) == [
        ("Service", "b"),
        ("Deployment", "prices"),
    ]
    assert as_rendered({}, {}) == AsRendered(0)
