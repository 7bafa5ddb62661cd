"""Bad worlds of the alert rules: those that were never loaded, that fail, or that nobody wrote a runbook for."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from golive.waiting import Deadline, wait_until
from golive_lab.alert_rules import FILE
from golive_lab.control import LabHandle
from golive_lab.services.prometheus import USER_OF_LAB
from golive_lab.worlds.registry import world

Rules = list[dict[str, Any]]
SECONDS = 15.0


@contextmanager
def _changed(lab: LabHandle, change: Callable[[Rules], object]) -> Iterator[None]:
    """Prometheus with other rules than before, all of them evaluated; those of before are put back."""
    file = lab.folder / "prometheus" / FILE
    before = file.read_text(encoding="utf-8")
    content = json.loads(before)
    change(content["groups"][0]["rules"])
    try:
        _load(lab, json.dumps(content))
        yield
    finally:
        _load(lab, before)


def _load(lab: LabHandle, text: str) -> None:
    import httpx

    (lab.folder / "prometheus" / FILE).write_text(text, encoding="utf-8")
    expected = sorted(rule["alert"] for group in json.loads(text)["groups"] for rule in group["rules"])
    overlay = lab.overlay()
    url, trusted = overlay["metrics"]["url"], ssl.create_default_context(cafile=overlay["ca_file"])
    auth = (USER_OF_LAB, lab.secret(f"prometheus-{USER_OF_LAB}"))
    with httpx.Client(verify=trusted, timeout=5, trust_env=False, auth=auth, base_url=url) as client:
        client.post("/-/reload").raise_for_status()

        def look() -> tuple[bool | None, str]:
            groups = client.get("/api/v1/rules").raise_for_status().json()["data"]["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            done = sorted(rule["name"] for rule in rules if rule["health"] != "unknown")
            return (done == expected) or None, f"evaluated: {done}"

        wait_until(look, Deadline("prometheus", "evaluating its rules", SECONDS))


@world
@contextmanager
def alert_without_runbook(lab: LabHandle) -> Iterator[None]:
    """One rule has no runbook."""
    with _changed(lab, lambda rules: rules[1]["annotations"].pop("runbook_url")):
        yield


@world
@contextmanager
def alert_with_words_for_a_runbook(lab: LabHandle) -> Iterator[None]:
    """One rule says where its runbook is, in words."""
    with _changed(lab, lambda rules: rules[1]["annotations"].update(runbook_url="see the wiki")):
        yield


@world
@contextmanager
def alert_added_without_page(lab: LabHandle) -> Iterator[None]:
    """Somebody adds a rule, and no page for it."""

    def add(rules: Rules) -> None:
        url = rules[0]["annotations"]["runbook_url"].replace("ServiceDown", "DiskFull")
        rules.append({**rules[0], "alert": "DiskFull", "expr": "up > 2", "annotations": {"runbook_url": url}})

    with _changed(lab, add):
        yield


@world
@contextmanager
def alert_rule_missing(lab: LabHandle) -> Iterator[None]:
    """One of the platform's rules was not loaded."""
    with _changed(lab, lambda rules: rules.pop(2)):
        yield


@world
@contextmanager
def alert_rules_gone(lab: LabHandle) -> Iterator[None]:
    """No rule was loaded at all."""
    with _changed(lab, lambda rules: rules.clear()):
        yield


@world
@contextmanager
def alert_rule_in_error(lab: LabHandle) -> Iterator[None]:
    """One rule's expression cannot be evaluated: it joins series that match more than once."""
    broken = "container_memory_working_set_bytes / on(namespace) kube_pod_container_resource_limits > 0.9"
    with _changed(lab, lambda rules: rules[2].update(expr=broken)):
        yield
