"""Pods that break a Pod Security Standard, each by one thing, for golive's own reading and for a real admission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Breaks:
    """A change to a good pod's spec; ``container`` fields go into its first container's security context."""

    change: Mapping[str, Any]
    by: str
    """The lowest level that minds; restricted minds all."""


def changed(spec: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The spec with that change; what stands under ``context`` goes into its container's security context."""
    container = dict(spec["containers"][0])
    container["securityContext"] = {**container["securityContext"], **change.get("context", {})}
    container |= change.get("container", {})
    rest = {name: value for name, value in change.items() if name not in {"context", "container"}}
    return {**spec, "containers": [container], **rest}


def _in_context(by: str, **fields: Any) -> Breaks:
    return Breaks({"context": fields}, by)


def _of_pod(by: str, **fields: Any) -> Breaks:
    return Breaks(fields, by)


_BASELINE, _RESTRICTED = "baseline", "restricted"


_POD = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}
BREAKING: Mapping[str, Breaks] = {
    "privileged": _in_context(_BASELINE, privileged=True, allowPrivilegeEscalation=True),
    "host network": _of_pod(_BASELINE, hostNetwork=True),
    "host process ids": _of_pod(_BASELINE, hostPID=True),
    "host ipc": _of_pod(_BASELINE, hostIPC=True),
    "host path": _of_pod(_BASELINE, volumes=[{"name": "host", "hostPath": {"path": "/"}}]),
    "host port": Breaks({"container": {"ports": [{"containerPort": 80, "hostPort": 80}]}}, _BASELINE),
    "nfs volume": _of_pod(_RESTRICTED, volumes=[{"name": "share", "nfs": {"server": "a", "path": "/"}}]),
    "adds SYS_ADMIN": _in_context(_BASELINE, capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    "adds CHOWN": _in_context(_RESTRICTED, capabilities={"drop": ["ALL"], "add": ["CHOWN"]}),
    "drops too little": _in_context(_RESTRICTED, capabilities={"drop": ["NET_RAW"]}),
    "escalation": _in_context(_RESTRICTED, allowPrivilegeEscalation=True),
    "root by its user": _in_context(_RESTRICTED, runAsUser=0),
    "root allowed": _in_context(_RESTRICTED, runAsNonRoot=False),
    "nobody says non-root": _of_pod(_RESTRICTED, securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),
    "no seccomp": _of_pod(_RESTRICTED, securityContext={"runAsNonRoot": True}),
    "seccomp off": _in_context(_BASELINE, seccompProfile={"type": "Unconfined"}),
    "SELinux as good as privileged": _in_context(_BASELINE, seLinuxOptions={"type": "spc_t"}),
    "SELinux user of its own": _in_context(_BASELINE, seLinuxOptions={"user": "system_u"}),
    "pod's SELinux role": _of_pod(_BASELINE, securityContext={**_POD, "seLinuxOptions": {"role": "sysadm_r"}}),
    "AppArmor off": _in_context(_BASELINE, appArmorProfile={"type": "Unconfined"}),
    "pod's AppArmor off": _of_pod(_BASELINE, securityContext={**_POD, "appArmorProfile": {"type": "Unconfined"}}),
    "all of /proc": Breaks({"hostUsers": False, "context": {"procMount": "Unmasked"}}, _RESTRICTED),
    "unsafe sysctl": _of_pod(
        _BASELINE, securityContext={**_POD, "sysctls": [{"name": "kernel.msgmax", "value": "65536"}]}
    ),
    "pod's seccomp off": _of_pod(_BASELINE, securityContext={**_POD, "seccompProfile": {"type": "Unconfined"}}),
}
ALLOWED: Mapping[str, Mapping[str, Any]] = {
    "safe sysctl": {"securityContext": {**_POD, "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}},
    "port of its own": {"container": {"ports": [{"containerPort": 80}]}},
    "binds low ports": {"context": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}},
    "volumes of its own": {"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "configMap": {"name": "c"}}]},
    "container that says it all": {"securityContext": None, "context": _POD},
}
"""Changes to a good pod that no level minds."""
