"""What the lab puts over the target file is known of every service, also where the cluster's programs are not built."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive_lab import systems
from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.context import Lab
from golive_lab.kubernetes.programs import VARIABLE
from golive_lab.secrets import Secrets


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose cache is empty."""
    monkeypatch.delenv(VARIABLE, raising=False)
    secrets, authority = Secrets(tmp_path / "secrets"), Authority(tmp_path / "ca")
    return Lab(tmp_path, Configuration.load("reference"), secrets, authority, cache=tmp_path / "cache")


def test_without_the_clusters_programs_there_is_no_helm_and_all_else(lab: Lab) -> None:
    services = systems.load(lab)
    told = {name: service.overlay() for name, service in services.items()}
    assert told.keys() == systems.SERVICES.keys() | systems.ON_DEMAND.keys()
    assert told["kube_apiserver"]["rehearsal"].keys() == {"kubeconfig"}


def test_the_programs_that_the_user_names_are_those_of_a_rehearsal(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "helm"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    told = systems.load(lab)["kube_apiserver"].overlay()
    assert told["rehearsal"]["helm"] == str(tmp_path / "helm")
