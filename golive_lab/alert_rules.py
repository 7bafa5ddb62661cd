"""The lab's alert rules, as its Prometheus loads them; each names a runbook that the lab serves."""

from __future__ import annotations

from typing import Any, Final

from golive_lab.systems import PLATFORM

FILE: Final = "rules.yml"
"""Beside Prometheus' configuration; JSON, which is YAML too."""
_SERVICES = "|".join(PLATFORM)
_LIMIT = 'on(namespace, pod, container) kube_pod_container_resource_limits{resource="memory"}'
_THROTTLED = "rate(container_cpu_cfs_throttled_periods_total[1m]) / rate(container_cpu_cfs_periods_total[1m])"
_RULES: Final = (
    ("ServiceDown", f'up{{job=~"{_SERVICES}"}} == 0', "10s", "page", ""),
    ("ContainerRestarted", "increase(kube_pod_container_status_restarts_total[5m]) > 0", "0s", "ticket", ""),
    ("ContainerNearMemoryLimit", f"container_memory_working_set_bytes / {_LIMIT} > 0.9", "1m", "page", ""),
    ("ContainerThrottled", f"{_THROTTLED} > 0.5", "5m", "ticket", "#look"),
)
"""Name, expression, how long it must hold, severity, and the part of the runbook that is meant."""


def rule_groups(pages: str) -> dict[str, Any]:
    """The file's content; ``pages`` is the address of the runbooks' server."""
    rules = [
        {
            "alert": name,
            "expr": expression,
            "for": held,
            "labels": {"severity": severity},
            "annotations": {"summary": name, "runbook_url": f"{pages}/runbooks/{name}{part}"},
        }
        for name, expression, held, severity, part in _RULES
    ]
    return {"groups": [{"name": "platform", "interval": "1s", "rules": rules}]}
