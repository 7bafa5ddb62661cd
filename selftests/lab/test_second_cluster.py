"""The same items against another cluster by a target file alone: other names, nothing that brings it up for a run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from golive_lab.control import LabHandle
from golive_lab.kubernetes import rights
from golive_lab.kubernetes.deploying import Site
from golive_lab.worlds import WORLDS
from selftests.clusters import built

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "targets" / "cluster.example.toml"
EVERY_PHASE_OF_A_CLUSTER = "deployment or preflight or (t7d and (infrastructure or security)) or (t48h and application)"
DEPLOYMENT = (
    "deployment.migrations", "deployment.infrastructure_release", "deployment.application_release",
    "deployment.workloads",
)  # fmt: skip
HOLD = (
    *DEPLOYMENT,
    "infrastructure.cluster", "infrastructure.volumes", "security.pod_security", "security.network_policies",
    "application.images", "application.image_tags",
)  # fmt: skip
NO_TABLE = {
    "infrastructure.tls": "edge", "infrastructure.dns": "dns", "infrastructure.cdn": "cdn",
    "security.secrets_rotated": "secret_rotation", "security.ip_allowlists": "allowlist",
    "security.keycloak_realm": "keycloak", "security.admin_mfa": "keycloak", "security.vulnerability_scan": "scans",
    "application.configuration": "evidence", "preflight.rollback_plan_reviewed": "evidence",
    "preflight.code_freeze": "source", "preflight.team_on_standby": "pagerduty", "preflight.change_request": "change",
}  # fmt: skip
"""Items of other systems, with the table of each that this target does not have."""

pytestmark = built


@dataclass(frozen=True)
class Looked:
    """What a run left: its exit status, its record, what it printed, and what the API server noted meanwhile."""

    status: int
    record: Mapping[str, Any]
    out: str
    audit: list[dict[str, Any]]

    @property
    def findings(self) -> dict[str, Mapping[str, Any]]:
        """By item, without those that no test claims yet."""
        return {each["item"]: each for each in self.record["findings"] if each["nodeid"]}

    @property
    def outcomes(self) -> dict[str, str]:
        """By item, with the reason of each that is UNKNOWN, and the table that lacks."""
        return {item: _words(each) for item, each in self.findings.items()}


@dataclass(frozen=True)
class Second:
    """The target's file, and the environment of whoever has its secrets."""

    site: Site
    file: Path
    environment: dict[str, str]

    def look(self, items: str) -> Looked:
        """A run as a user begins it."""
        reports, log = self.file.parent / "reports", self.site.folder / "audit.jsonl"
        before = len(log.read_text(encoding="utf-8").splitlines())
        argv = (sys.executable, "-m", "pytest", "-m", items, f"--target={self.file}", f"--reports={reports}")
        ran = subprocess.run(
            argv, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )
        record = json.loads((reports / "latest" / "record.json").read_text(encoding="utf-8"))
        entries = map(json.loads, log.read_text(encoding="utf-8").splitlines()[before:])
        return Looked(ran.returncode, record, ran.stdout, list(entries))


def _words(finding: Mapping[str, Any]) -> str:
    table = re.search(r"the target has no table \[(\w+)\]", finding["message"])
    return " ".join(filter(None, (finding["outcome"], finding["reason"], table and table[1])))


@pytest.fixture(scope="module")
def second(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Second:
    """The example with the addresses of this cluster, its database and its registry."""
    lab, folder = LabHandle(site.lab_folder), tmp_path_factory.mktemp("second")
    over = lab.overlay()
    addresses = {
        "/etc/golive/desk-ca.pem": over["ca_file"],
        "/run/secrets/desk-kubeconfig": str(shutil.copy(site.folder / "golive.kubeconfig", folder)),
        "port = 5432": f"port = {over['postgres']['port']}",
        "https://127.0.0.1:5000": over["registries"]["registry.lab.test"]["url"],
    }
    text = EXAMPLE.read_text(encoding="utf-8")
    for said, here in addresses.items():
        assert text.count(said) == 1
        text = text.replace(said, here)
    (folder / "cluster.toml").write_text(text, encoding="utf-8")
    secrets = {
        "GOLIVE_DESK_POSTGRES": lab.secret("postgres-svc_market"),
        "GOLIVE_DESK_REGISTRY": lab.secret("registry_tokens-token"),
        "GOLIVE_DESK_NOWHERE": "no system is there",
    }
    return Second(site, folder / "cluster.toml", {**os.environ, **secrets, "XDG_STATE_HOME": str(folder)})


@pytest.fixture(scope="module")
def looked(second: Second) -> Looked:
    return second.look(EVERY_PHASE_OF_A_CLUSTER)


def test_the_clusters_items_hold_and_the_others_name_what_is_not_described(looked: Looked) -> None:
    assert looked.outcomes == {
        **dict.fromkeys(HOLD, "PASS"),
        **{item: f"UNKNOWN no_evidence {table}" for item, table in NO_TABLE.items()},
        "application.rollback_plan": "UNKNOWN too_little_data",  # it is the first release there
    }, looked.out
    assert (looked.status, looked.record["decision"]["verdict"]) == (2, "INCOMPLETE")


def test_what_they_looked_at_is_that_cluster(second: Second, looked: Looked) -> None:
    nodes = json.loads(second.site.kubectl("get", "nodes", "-o", "json"))["items"]
    evidence = [each["fields"] for each in looked.findings["infrastructure.cluster"]["evidence"]]
    zones = {each["name"]: each["zone"] for each in evidence if "zone" in each}
    assert zones == {"worker-1": "north", "worker-2": "centre", "worker-3": "south"}
    assert zones.keys() == {each["metadata"]["name"] for each in nodes}
    storage = looked.findings["infrastructure.volumes"]["evidence"][0]["fields"]
    assert storage["name"] == "desk-fast"
    uid = second.site.kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    assert [each["cluster_uid"] for each in evidence if "cluster_uid" in each] == [uid]


def test_the_items_use_every_right_that_the_roles_grant_and_no_other(looked: Looked) -> None:
    mine = [each for each in looked.audit if each["user"].get("username") == rights.USER and "objectRef" in each]
    assert {_right(each) for each in mine} == set(_granted())


def _right(entry: dict[str, Any]) -> tuple[str, str, str]:
    thing = entry["objectRef"]
    return entry["verb"], thing.get("apiGroup", ""), thing["resource"]


OF_NO_API = "bounds.golive"
"""A group whose rights no call uses: by them the admission policies know whom they hold for."""


def _granted() -> Iterator[tuple[str, str, str]]:
    for file in rights.files():
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            known = document["metadata"]["name"] in {*rights.NAMESPACED, *rights.CLUSTER}
            for rule in document.get("rules", ()) if known else ():
                if rule["apiGroups"] != [OF_NO_API]:
                    yield from product(rule["verbs"], rule["apiGroups"], rule["resources"])


def test_a_pod_on_the_old_image_there_is_named(second: Second) -> None:
    with WORLDS["one_pod_on_the_old_image"](LabHandle(second.site.lab_folder)):
        found = second.look("deployment")
    assert found.outcomes == {**dict.fromkeys(DEPLOYMENT, "PASS"), "deployment.workloads": "FAIL"}, found.out
    assert (found.status, found.record["decision"]["verdict"]) == (1, "NO-GO")
    named = r"'desk/instruments': \('pod instruments-\S+ has instruments from\W+instruments:2026\.10\.3;"
    assert re.search(named, found.findings["deployment.workloads"]["message"])
