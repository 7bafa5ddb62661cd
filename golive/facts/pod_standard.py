"""Kubernetes' Pod Security Standards, as far as a running pod can break them; pure.

Source: Kubernetes documentation, "Pod Security Standards", profiles baseline and restricted, for Linux.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Object = Mapping[str, Any]
HOST = ("hostNetwork", "hostPID", "hostIPC")
VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
"""Kinds of volumes that the restricted profile allows."""
CAPABILITIES = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
     "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
)  # fmt: skip
"""Those that the baseline profile lets a container add."""

SYSCTLS: Final = frozenset(
    {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
     "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
     "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
     "net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_rmem", "net.ipv4.tcp_slow_start_after_idle",
     "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem"}
)  # fmt: skip
"""Kernel parameters that the baseline profile lets a pod set."""
SELINUX: Final = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
"""Types of SELinux that the baseline profile knows; spc_t, for one, is as good as privileged."""


def violations(pod: Object, level: str) -> tuple[str, ...]:
    """What of the pod breaks the level, in words, container by container."""
    spec = pod["spec"]
    containers = [c for kind in ("initContainers", "containers", "ephemeralContainers") for c in spec.get(kind) or ()]
    of_pod = [*_baseline_pod(spec), *(_restricted_pod(spec) if level == "restricted" else ())]
    of_containers = [f"{each['name']} {words}" for each in containers for words in _container(spec, each, level)]
    return (*of_pod, *of_containers)


def _baseline_pod(spec: Object) -> Iterator[str]:
    yield from (f"{name} is true" for name in HOST if spec.get(name))
    yield from (f"volume {each['name']} is a hostPath" for each in spec.get("volumes") or () if "hostPath" in each)
    context = spec.get("securityContext") or {}
    set_ = (each["name"] for each in context.get("sysctls") or ())
    yield from (f"sets {name}" for name in set_ if name not in SYSCTLS)
    yield from _confinement(context)


def _restricted_pod(spec: Object) -> Iterator[str]:
    for each in spec.get("volumes") or ():
        kinds = set(each) - {"name", "hostPath"} - VOLUMES
        yield from (f"volume {each['name']} is a {kind}" for kind in sorted(kinds))


def _container(spec: Object, container: Object, level: str) -> Iterator[str]:
    own = container.get("securityContext") or {}
    capabilities = own.get("capabilities") or {}
    if own.get("privileged"):
        yield "is privileged"
    yield from (f"has host port {p['hostPort']}" for p in container.get("ports") or () if p.get("hostPort"))
    allowed = {"NET_BIND_SERVICE"} if level == "restricted" else CAPABILITIES
    yield from (f"adds {each}" for each in capabilities.get("add") or () if each not in allowed)
    if _effective(spec, own, "seccompProfile", {}).get("type") == "Unconfined":
        yield "has no seccomp profile by its own wish"
    yield from _confinement(own)
    if level == "restricted":
        yield from _restricted(spec, own, capabilities)


def _confinement(context: Object) -> Iterator[str]:
    """What a pod's or container's own context says of SELinux and AppArmor."""
    options = context.get("seLinuxOptions") or {}
    if options.get("type", "") not in SELINUX:
        yield f"has SELinux type {options['type']}"
    yield from (f"has SELinux {field} {options[field]}" for field in ("user", "role") if options.get(field))
    if (context.get("appArmorProfile") or {}).get("type") == "Unconfined":
        yield "has no AppArmor profile by its own wish"


def _restricted(spec: Object, own: Object, capabilities: Object) -> Iterator[str]:
    if own.get("procMount", "Default") != "Default":
        yield f"sees /proc {own['procMount'].lower()}"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may escalate its privileges"
    if "ALL" not in (capabilities.get("drop") or ()):
        yield "does not drop all capabilities"
    if _effective(spec, own, "runAsNonRoot", None) is not True:
        yield "may run as root"
    if _effective(spec, own, "runAsUser", None) == 0:
        yield "runs as user 0"
    if _effective(spec, own, "seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost", "Unconfined"}:
        yield "has no seccomp profile"


def _effective(spec: Object, own: Object, field: str, otherwise: Any) -> Any:
    """The container's own word, else the pod's."""
    value = own.get(field)
    if value is None:
        value = (spec.get("securityContext") or {}).get(field)
    return otherwise if value is None else value
