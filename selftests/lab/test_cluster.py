"""The lab's cluster by itself: what a real one does, and what the lab says where its programs are not built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from golive.errors import LabUnavailable
from golive.facts.pod_security import GOOD
from golive.facts.pod_standard import violations
from golive_lab.control import LabHandle
from golive_lab.kubernetes import programs
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.audit import AuditLog, repeated
from golive_lab.kubernetes.deploying import Site
from golive_lab.kubernetes.place import FOLDER
from golive_lab.kubernetes.reaching import cluster
from selftests.clusters import built
from selftests.pods import ALLOWED, BREAKING, changed

ROOT = Path(__file__).parents[2]
GOLIVE = Path(sys.executable).with_name("golive")


@built
def test_nodes_stand_in_several_zones_and_volumes_bind(site: Site) -> None:
    nodes = json.loads(site.kubectl("get", "nodes", "-o", "json"))["items"]
    assert len({each["metadata"]["labels"]["topology.kubernetes.io/zone"] for each in nodes}) == 3
    claims = json.loads(site.kubectl("get", "pvc", "-A", "-o", "json"))["items"]
    assert {each["metadata"]["namespace"] for each in claims} == {"desk", "desk-stores"}
    assert {each["status"]["phase"] for each in claims} == {"Bound"}


@built
def test_admission_refuses_privileged_pods(site: Site) -> None:
    overrides = '{"spec": {"containers": [{"name": "a", "image": "a", "securityContext": {"privileged": true}}]}}'
    with pytest.raises(LabUnavailable, match="violates PodSecurity"):
        site.kubectl("run", "a", "-n", "desk", "--image=a", "--dry-run=server", f"--overrides={overrides}")


@built
@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_what_golive_calls_a_breach_admission_refuses(site: Site, level: str) -> None:
    with cluster(LabHandle(site.lab_folder)) as api:
        name = f"of-{level}"
        labels = {"pod-security.kubernetes.io/enforce": level}
        api.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        api.wait("its account", lambda: "" if api.find(account) else "absent")
        specs = {"good": dict(GOOD)} | {way: changed(GOOD, breaks.change) for way, breaks in BREAKING.items()}
        specs |= {way: changed(GOOD, change) for way, change in ALLOWED.items()}
        refused = {way: _refused(api, name, spec) for way, spec in specs.items()}
    assert refused == {way: bool(violations({"spec": spec}, level)) for way, spec in specs.items()}


def _refused(api: ClusterApi, namespace: str, spec: dict[str, Any]) -> bool:
    try:
        api.post(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", {"metadata": {"name": "a"}, "spec": spec})
    except LabUnavailable as error:
        return "violates PodSecurity" in str(error)
    return False


@built
def test_the_suites_user_makes_dry_runs_and_nothing_else(site: Site) -> None:
    with _suite(site) as api:
        pod = {"metadata": {"name": "golive-tries"}, "spec": dict(GOOD)}
        api.post("/api/v1/namespaces/desk/pods?dryRun=All", pod)
        with pytest.raises(LabUnavailable, match="golive may create pods as dry runs only"):
            api.post("/api/v1/namespaces/desk/pods", pod)


PROBE: dict[str, Any] = {
    "metadata": {"name": "golive-tries", "labels": {"golive-probe": "a"}},
    "spec": {
        "activeDeadlineSeconds": 5,
        "ttlSecondsAfterFinished": 5,
        "template": {"metadata": {"labels": {"golive-probe": "a"}}, "spec": dict(GOOD)},
    },
}
"""A Job as golive makes it."""
BEYOND_A_PROBE: dict[str, tuple[str, Any]] = {
    "label of the job": ("metadata.labels", {"app": "gateway"}),
    "label of its pods": ("spec.template.metadata.labels", {"app": "gateway"}),
    "end": ("spec.activeDeadlineSeconds", None),
    "removal": ("spec.ttlSecondsAfterFinished", None),
    "token": ("spec.template.spec.automountServiceAccountToken", True),
    "unsaid token": ("spec.template.spec.automountServiceAccountToken", None),
    "account": ("spec.template.spec.serviceAccountName", "deployer"),
    "volume": ("spec.template.spec.volumes", [{"name": "a", "secret": {"secretName": "a"}}]),
    "init container": ("spec.template.spec.initContainers", [{**GOOD["containers"][0], "name": "first"}]),
    "variable": (
        "spec.template.spec.containers",
        [{**GOOD["containers"][0], "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a"}}}]}],
    ),
    "variables": (
        "spec.template.spec.containers", [{**GOOD["containers"][0], "envFrom": [{"secretRef": {"name": "a"}}]}]
    ),
    "privilege": (
        "spec.template.spec.containers", [{**GOOD["containers"][0], "securityContext": {"privileged": True}}]
    ),
    "host's network": ("spec.template.spec.hostNetwork", True),
    "host's processes": ("spec.template.spec.hostPID", True),
}  # fmt: skip


@built
def test_the_suites_user_runs_probes_and_no_other_job(site: Site) -> None:
    jobs = "/apis/batch/v1/namespaces/desk/jobs"
    with _suite(site) as suite, cluster(LabHandle(site.lab_folder)) as admin:
        suite.post(f"{jobs}?dryRun=All", PROBE)
        assert {
            way: _said(suite, jobs, _probe_with(*change)) for way, change in BEYOND_A_PROBE.items()
        } == dict.fromkeys(BEYOND_A_PROBE, "refused as no probe")
        labels = {"app": "nightly"}  # both: a Job without labels gets those of its pods
        nightly = {**_probe_with("spec.template.metadata.labels", labels), "metadata": {"name": "nightly"}}
        admin.post(jobs, nightly)
        with pytest.raises(LabUnavailable, match="golive may touch its own probes only"):
            suite.delete(f"{jobs}/nightly")
        admin.delete(f"{jobs}/nightly")


def _probe_with(path: str, value: Any) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(json.dumps(PROBE))
    *above, last = path.split(".")
    place: Any = job
    for part in above:
        place = place[part]
    place[last] = value
    return job


def _said(api: ClusterApi, jobs: str, job: dict[str, Any]) -> str:
    try:
        api.post(f"{jobs}?dryRun=All", job)
    except LabUnavailable as error:
        return "refused as no probe" if "golive-runs-probes-only" in str(error) else str(error)
    return "let through"


@built
def test_the_policies_hold_for_whoever_is_bound_to_the_roles(site: Site) -> None:
    roles = ("golive-probe", "golive-canary")
    for role in roles:
        site.kubectl(
            "create", "rolebinding", f"{role}-of-another", "-n", "desk", f"--clusterrole={role}", "--user=other"
        )
    try:
        site.kubectl(
            "run", "a", "-n", "desk", "--image=a", "--dry-run=server", "--as=other", f"--overrides={_GOOD_POD}"
        )
        for words, said in {
            ("run", "a", "--image=a", f"--overrides={_GOOD_POD}"): "golive may create pods as dry runs only",
            ("create", "job", "a", "--image=a"): "golive may touch its own probes only",
        }.items():
            with pytest.raises(LabUnavailable, match=said):
                site.kubectl(*words, "-n", "desk", "--as=other")
        site.kubectl("create", "job", "a", "-n", "desk", "--image=a", "--dry-run=server")  # an administrator may
    finally:
        for role in roles:
            site.kubectl("delete", "rolebinding", f"{role}-of-another", "-n", "desk")


_GOOD_POD = json.dumps({"spec": dict(GOOD)})


@built
def test_nobody_is_let_in_without_credentials_or_beyond_his_rights(site: Site) -> None:
    lab = LabHandle(site.lab_folder)
    url = json.loads((site.folder / "admin.kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
    with httpx.Client(verify=False, trust_env=False) as stranger:
        assert stranger.get(f"{url}/api").status_code == 401
    may = ("auth", "can-i", "--as=golive", "-n", "desk")
    assert site.kubectl(*may, "list", "pods").strip() == "yes"
    with pytest.raises(LabUnavailable, match="no"):
        site.kubectl(*may, "get", "configmaps")
    audit = [json.loads(line) for line in (lab.folder / FOLDER / "audit.jsonl").read_text().splitlines()]
    assert any(each["responseStatus"]["code"] == 401 for each in audit)


@built
def test_a_command_in_a_pod_runs_as_a_user_without_rights(site: Site) -> None:
    said = site.kubectl("exec", "-n", "desk", "postgresql-0", "--", "id", "-u")
    assert said.strip() == ("65534" if os.geteuid() == 0 else str(os.geteuid()))
    one = ("exec", "-n", "desk", "postgresql-0", "--", "psql", "-U", "postgres", "-d", "mi", "-Atc")
    assert site.kubectl(*one, "SELECT max(version) FROM pg.schema_migration").strip() == "0003"
    with pytest.raises(LabUnavailable, match="does not exist"):
        site.kubectl(*one, "SELECT * FROM nothing")


@built
def test_items_of_a_run_share_one_look_at_helms_history(site: Site, tmp_path: Path) -> None:
    log = AuditLog(site.folder / "golive.kubeconfig")
    before = len(log)
    command = [sys.executable, "-m", "pytest", "--target=variant", "-m", "rollback", f"--reports={tmp_path}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    record = json.loads((tmp_path / "latest" / "record.json").read_text(encoding="utf-8"))
    found = {f["item"]: f["outcome"] for f in record["findings"]}
    wanted = dict.fromkeys(("rollback.application", "rollback.workloads"), "NOT APPLICABLE")
    assert {item: found[item] for item in wanted} == wanted, ran.stdout
    calls = log.since(before)
    assert [call.words for call in calls if call.verb == "list"] == [
        "/api/v1/namespaces/desk/secrets owner=helm,name=desk"
    ]
    assert repeated(calls) == {}


@built
def test_another_release_that_the_command_deploys_is_a_further_revision(site: Site) -> None:
    try:
        command = [str(GOLIVE), "lab", "deploy", "--release=v43", "--name=variant"]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert (ran.returncode, ran.stderr.splitlines()[-1:]) == (0, ["v43 is deployed to the lab 'variant'."])
        history = json.loads(site.helm("history", "desk", "-n", "desk", "-o", "json"))
        assert [each["status"] for each in history][-2:] == ["superseded", "deployed"]
        with cluster(LabHandle(site.lab_folder)) as api:
            images = {
                each["spec"]["containers"][0]["image"].partition("@")[0].rpartition(":")[2]
                for each in api.items("/api/v1/namespaces/desk/pods")
                if "market-intelligence/" in each["spec"]["containers"][0]["image"]
                and "deletionTimestamp" not in each["metadata"]
            }
        assert images == {"v43"}
    finally:
        site.deploy(site.configuration.platform.release, lambda _: None)


def _suite(site: Site) -> ClusterApi:
    """The API as golive's own user."""
    url = json.loads((site.folder / "golive.kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
    certificates = site.lab_folder / "certificates"
    user = (certificates / f"cluster-ca-user-golive{suffix}" for suffix in (".pem", ".key"))
    return ClusterApi(url, certificates / "cluster-ca.pem", *user)


def test_without_its_programs_the_command_that_builds_them_is_said(tmp_path: Path) -> None:
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), programs.VARIABLE: ""}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "deployment", "-k", "workloads", f"--reports={tmp_path / 'reports'}"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "lab_unavailable" in ran.stdout
    assert "golive lab build" in ran.stdout


def test_a_named_folder_must_have_every_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(programs.VARIABLE, str(tmp_path))
    with pytest.raises(LabUnavailable, match="has no etcd, kube-apiserver"):
        programs.found(tmp_path)


def test_the_build_is_another_one_for_other_sources() -> None:
    assert programs.version("k8s.io/kubernetes").startswith("1.")
    assert programs.built(Path("cache")).name == programs.digest()
