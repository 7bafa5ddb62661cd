"""The cluster's nodes, and how kwok plays them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from golive_lab import host
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.place import Place
from golive_lab.kubernetes.programs import version
from golive_lab.services.postgres import SUPERUSER, programs_folder

if TYPE_CHECKING:
    from golive_lab.context import Lab

STAGES: Final = Path(__file__).with_name("stages.yaml")


def register(api: ClusterApi, nodes: Mapping[str, str]) -> None:
    """Make every node that is not there; ``nodes`` has the zone of each by its name."""
    there = {each["metadata"]["name"] for each in api.items("/api/v1/nodes")}
    for name, zone in nodes.items():
        if name not in there:
            api.post("/api/v1/nodes", _node(name, zone))


def lacking(api: ClusterApi) -> tuple[bool | None, str]:
    """``(True, "")`` once all are ready; else which are not."""
    waiting = [
        each["metadata"]["name"]
        for each in api.items("/api/v1/nodes")
        if not any(c["type"] == "Ready" and c["status"] == "True" for c in each["status"].get("conditions", ()))
    ]
    return (None, f"not ready: {', '.join(waiting)}") if waiting else (True, "")


def write_settings(lab: Lab, place: Place) -> Path:
    """What kwok reads: how pods come to life, what their logs say, and how a command in one is executed."""
    place.exec_folder.mkdir(mode=0o755, exist_ok=True)
    log = place.exec_folder / "pod.log"
    log.write_text("2026-01-01T00:00:00.000000000Z stdout F a stand-in: no container runs here\n", encoding="utf-8")
    documents = (
        _resource("ClusterExec", {"execs": [{"local": _local(lab, place)}]}),
        _resource("ClusterLogs", {"logs": [{"logsFile": str(log), "follow": False}]}),
    )
    path = place.folder / "kwok.yaml"
    path.write_text("---\n".join((STAGES.read_text(encoding="utf-8"), *map(json.dumps, documents))), encoding="utf-8")
    return path


def _node(name: str, zone: str) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "lab",
        "topology.kubernetes.io/zone": zone,
    }
    size = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    about = {
        "kubeletVersion": f"v{version('k8s.io/kubernetes')}",
        "containerRuntimeVersion": "kwok",
        "operatingSystem": "linux",
        "architecture": "amd64",
        **dict.fromkeys(("bootID", "kernelVersion", "kubeProxyVersion", "machineID", "osImage", "systemUUID"), ""),
    }
    status = {"allocatable": size, "capacity": size, "nodeInfo": about}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def _local(lab: Lab, place: Place) -> dict[str, Any]:
    """Commands see PostgreSQL as a pod of it would: its programs, its address, and its owner's password."""
    user, ca_file = host.unprivileged(), lab.authority.ca_file
    passwords = place.exec_folder / ".pgpass"
    passwords.unlink(missing_ok=True)
    with os.fdopen(os.open(passwords, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(f"127.0.0.1:*:*:{SUPERUSER}:{lab.secrets.get('postgres-postgres')}\n")
    if user is not None:
        os.chown(passwords, user.uid, user.gid)
    envs = {
        "PATH": f"{programs_folder(lab)}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(lab.ports.take("postgres")),
        "PGPASSFILE": str(passwords),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(ca_file),
        "PGCONNECT_TIMEOUT": "5",
    }
    found: dict[str, Any] = {
        "workDir": str(place.exec_folder),
        "envs": [{"name": name, "value": value} for name, value in envs.items()],
    }
    if user is not None:
        found["securityContext"] = {"runAsUser": user.uid, "runAsGroup": user.gid}
    return found


def _resource(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "all"}, "spec": spec}
