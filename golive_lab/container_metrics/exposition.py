"""The containers as Prometheus reads them: the two exporters' names and labels, and the words that this is neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from golive_lab.container_metrics.containers import Container

STAND_IN = "Stand-in by the lab, which has no kubelet:"
LABELS = ("namespace", "pod", "container")
MEMORY = "container_memory_working_set_bytes"
Now = Callable[[], Mapping[str, Container]]


def pod_of(service: str) -> str:
    """The pod of a service; the lab has one of each, which keeps its name when its container restarts."""
    return f"{service}-0"


class _Families(Collector):
    """Samples of each container under its labels."""

    def __init__(self, namespace: str, now: Now) -> None:
        self._namespace, self._now = namespace, now

    def _counter(self, name: str, words: str, value: Callable[[Container], float]) -> Metric:
        family = CounterMetricFamily(name, f"{STAND_IN} {words}", labels=LABELS)
        for service, container in self._now().items():
            family.add_metric(self._labels(service), value(container))
        return family

    def _labels(self, service: str) -> tuple[str, str, str]:
        return (self._namespace, pod_of(service), service)


class CAdvisor(_Families):
    """What cAdvisor tells; of a container that does not run nothing."""

    def __init__(self, namespace: str, now: Now) -> None:
        super().__init__(namespace, lambda: {name: each for name, each in now().items() if each.running})

    def collect(self) -> Iterator[Metric]:
        """Use of CPU and memory, throttling, kills."""
        yield self._counter("container_cpu_usage_seconds", "CPU time of the process, by /proc.", lambda c: c.cpu)
        memory = GaugeMetricFamily(MEMORY, f"{STAND_IN} resident memory, by /proc.", labels=LABELS)
        for service, container in self._now().items():
            memory.add_metric(self._labels(service), container.memory)
        yield memory
        yield self._counter("container_cpu_cfs_periods", "tenths of a second.", lambda c: c.periods)
        yield self._counter(
            "container_cpu_cfs_throttled_periods", "those in which all of the limit was used.", lambda c: c.throttled
        )
        yield self._counter(
            "container_oom_events", "processes that ended with their memory at its limit.", lambda c: c.oom_kills
        )


class KubeState(_Families):
    """What kube-state-metrics tells."""

    def collect(self) -> Iterator[Metric]:
        """Restarts, limits, and what runs."""
        yield self._counter("kube_pod_container_status_restarts", "processes after the first.", lambda c: c.restarts)
        limits = GaugeMetricFamily(
            "kube_pod_container_resource_limits",
            f"{STAND_IN} what the lab declares; nothing enforces it.",
            labels=(*LABELS, "resource", "unit"),
        )
        running = GaugeMetricFamily(
            "kube_pod_container_status_running", f"{STAND_IN} whether the process is there.", labels=LABELS
        )
        for service, container in self._now().items():
            labels = self._labels(service)
            limits.add_metric((*labels, "cpu", "core"), container.limit.cores)
            limits.add_metric((*labels, "memory", "byte"), container.limit.memory)
            running.add_metric(labels, container.running)
        yield from (limits, running)
