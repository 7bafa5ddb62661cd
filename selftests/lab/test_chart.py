"""The chart that runs golive inside the cluster: linted, rendered, refused where values are wrong, and installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from golive.errors import LabUnavailable
from golive.facts.pod_standard import violations
from golive_lab.context import cache_folder
from golive_lab.control import LabHandle
from golive_lab.kubernetes import programs
from golive_lab.kubernetes.deploying import Site
from golive_lab.kubernetes.reaching import cluster
from selftests.clusters import built

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "chart"
DIGEST = "sha256:" + "0" * 64
GOOD: dict[str, Any] = {
    "image": {"repository": "registry.lab.test/golive", "digest": DIGEST},
    "target": {"name": "variant", "file": (ROOT / "targets" / "variant.toml").read_text(encoding="utf-8")},
    "run": {"phase": "deployment"},
    "postdeploy": {"enabled": True},
    "results": {"kind": "pvc", "storageClass": "desk-fast"},
    "secrets": {"files": "golive-files", "env": "golive-env"},
    "rbac": {
        "application": "desk",
        "infrastructure": "desk-stores",
        "further": ["kube-system"],
        "outside": "golive",
        "roles": ["golive-observe", "golive-releases", "golive-probe", "golive-canary"],
    },
}

pytestmark = built


def helm(*words: str, values: dict[str, Any], folder: Path) -> tuple[int, str]:
    """Status and words of helm on the chart, without a cluster."""
    (folder / "values.json").write_text(json.dumps(values), encoding="utf-8")
    argv = [str(programs.needed(cache_folder())["helm"]), *words, "--kube-version=1.37.0", "-n", "golive"]
    argv += ["--values", str(folder / "values.json")]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


def rendered(folder: Path, **changes: Any) -> dict[str, dict[str, Any]]:
    """Objects under ``Kind namespace/name``."""
    status, out = helm("template", "golive", str(CHART), values={**GOOD, **changes}, folder=folder)
    assert status == 0, out
    things = [each for each in yaml.safe_load_all(out) if each]
    return {f"{t['kind']} {t['metadata'].get('namespace', '')}/{t['metadata']['name']}": t for t in things}


def test_it_is_without_fault_to_helm(tmp_path: Path) -> None:
    status, out = helm("lint", "--strict", str(CHART), values=GOOD, folder=tmp_path)
    assert (status, "[ERROR]" in out, "[WARNING]" in out) == (0, False, False), out


def test_what_it_makes(tmp_path: Path) -> None:
    roles, own = GOOD["rbac"]["roles"], ("desk", "desk-stores")
    bound = {f"RoleBinding {space}/{role}-from-inside" for role in roles for space in own}
    assert rendered(tmp_path).keys() == {
        "ServiceAccount /golive", "ConfigMap /golive-target", "PersistentVolumeClaim /golive-results",
        "Job /golive-deployment-1", "CronJob /golive-postdeploy",
        "ClusterRoleBinding /golive-observe-cluster-from-inside",
        "RoleBinding kube-system/golive-observe-from-inside", *bound,
        "RoleBinding golive/golive-observe-from-inside", "RoleBinding golive/golive-canary-from-inside",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["pvc", "s3"])
def test_its_pods_are_restricted_and_write_to_their_volumes_alone(tmp_path: Path, kind: str) -> None:
    made = rendered(tmp_path, results={"kind": kind})
    job = made["Job /golive-deployment-1"]["spec"]
    cron = made["CronJob /golive-postdeploy"]["spec"]["jobTemplate"]["spec"]
    for each in (job, cron):
        pod = each["template"]
        assert violations(pod, "restricted") == ()
        assert pod["spec"]["terminationGracePeriodSeconds"] == 120
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert writable == {"/results", "/tmp"}
        assert container["image"] == f"registry.lab.test/golive@{DIGEST}"
        assert each["backoffLimit"] == 0
    assert [each["template"]["spec"]["containers"][0]["args"] for each in (job, cron)] == [
        ["deployment", "variant", kind], ["postdeploy", "variant", kind],
    ]  # fmt: skip
    assert ("PersistentVolumeClaim /golive-results" in made) is (kind == "pvc")


def test_the_roles_that_it_binds_are_those_of_deploy_rbac(tmp_path: Path) -> None:
    files = (ROOT / "deploy" / "rbac").glob("*.yaml")
    documents = (each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8")))
    known = {each["metadata"]["name"] for each in documents if each["kind"] == "ClusterRole"}
    bound = {each["roleRef"]["name"] for each in rendered(tmp_path).values() if each["kind"].endswith("Binding")}
    assert bound == {*GOOD["rbac"]["roles"], "golive-observe-cluster"}
    assert bound <= known


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        ("image", {"repository": "a", "tag": "latest"}, "/image/tag"),
        ("image", {"repository": "a"}, "/image"),
        ("image", {"repository": "", "tag": "1"}, "/image/repository"),
        ("image", {"repository": "a", "digest": "sha256:1"}, "/image/digest"),
        ("target", {"name": "a"}, "/target"),
        ("target", {"name": "a", "file": "x", "configMap": "y"}, "/target"),
        ("run", {"phase": "somke"}, "/run/phase"),
        ("run", {"second": 60}, "second"),
        ("postdeploy", {"schedule": "often"}, "/postdeploy/schedule"),
        ("results", {"kind": "nfs"}, "/results/kind"),
        ("rbac", {"application": "a", "infrastructure": "b", "roles": ["cluster-admin"]}, "/rbac/roles"),
        ("rbac", {"application": "a", "infrastructure": "b", "roles": ["golive-rehearsal"]}, "/rbac/roles"),
    ],
)
def test_values_that_make_no_sense_are_refused(tmp_path: Path, table: str, values: dict[str, Any], words: str) -> None:
    status, out = helm("template", "golive", str(CHART), values={**GOOD, table: values}, folder=tmp_path)
    assert status != 0
    assert words in out


@pytest.fixture(scope="module")
def installed(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The chart in the lab's cluster, in the suite's own namespace there, which lets in restricted pods alone."""
    values = tmp_path_factory.mktemp("chart") / "values.json"
    values.write_text(json.dumps(GOOD), encoding="utf-8")
    site.helm("install", "golive", str(CHART), "--namespace", "golive", "--values", str(values))
    try:
        yield site
    finally:
        site.helm("uninstall", "golive", "--namespace", "golive")


def test_its_job_is_let_in_and_ends(installed: Site) -> None:
    with cluster(LabHandle(installed.lab_folder)) as api:
        job = "/apis/batch/v1/namespaces/golive/jobs/golive-deployment-1"
        api.wait("the job's end", lambda: "" if api.get(job)["status"].get("succeeded") else "not yet")
        claim = api.get("/api/v1/namespaces/golive/persistentvolumeclaims/golive-results")
        assert claim["status"]["phase"] == "Bound"
        cron = api.get("/apis/batch/v1/namespaces/golive/cronjobs/golive-postdeploy")
        assert cron["spec"]["concurrencyPolicy"] == "Forbid"


@pytest.mark.parametrize(
    "words",
    [
        "list pods -n desk",
        "list networkpolicies -n kube-system",
        "list nodes",
        "create jobs -n desk",
        "create jobs -n golive",
    ],
)
def test_its_account_may_what_the_roles_say(installed: Site, words: str) -> None:
    told = installed.kubectl("auth", "can-i", "--as=system:serviceaccount:golive:golive", *words.split())
    assert told.split()[-1] == "yes"


@pytest.mark.parametrize(
    "words", ["list secrets -n kube-system", "create pods -n kube-system", "get configmaps -n desk", "create jobs"]
)
def test_its_account_may_no_more(installed: Site, words: str) -> None:
    with pytest.raises(LabUnavailable, match="no"):
        installed.kubectl("auth", "can-i", "--as=system:serviceaccount:golive:golive", *words.split())


def test_the_admission_policies_hold_for_its_account(installed: Site) -> None:
    words = ("create", "job", "golive-tries", "-n", "desk", "--image=a", "--dry-run=server")
    with pytest.raises(LabUnavailable, match="golive may touch its own probes only"):
        installed.kubectl(*words, "--as=system:serviceaccount:golive:golive")
