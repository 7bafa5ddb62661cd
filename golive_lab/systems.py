"""Which servers the lab has, and which of them each system of a target needs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from golive.errors import BadInput, LabUnavailable
from golive_lab.context import Lab
from golive_lab.services.base import LabService

PLATFORM = ("gateway", "prices", "instruments", "feeder", "ingest", "jobs")
CLUSTER = ("etcd", "kube_apiserver", "kube_controller_manager", "kube_scheduler", "kwok", "pod_network")

SERVICES: Mapping[str, str] = {
    "postgres": "golive_lab.services.postgres:PostgresService",
    "clickhouse": "golive_lab.services.clickhouse:ClickHouseService",
    "kafka": "golive_lab.services.kafka:KafkaService",
    "object_storage": "golive_lab.services.object_storage:ObjectStorageService",
    "keycloak": "golive_lab.services.keycloak:KeycloakService",
    "gateway": "golive_lab.services.platform:GatewayService",
    "prices": "golive_lab.services.platform:PricesService",
    "instruments": "golive_lab.services.platform:InstrumentsService",
    "feeder": "golive_lab.services.platform:FeederService",
    "ingest": "golive_lab.services.platform:IngestService",
    "jobs": "golive_lab.services.platform:JobsService",
    "opensearch": "golive_lab.services.opensearch:OpenSearchService",
    "shipper": "golive_lab.services.shipper:ShipperService",
    "container_metrics": "golive_lab.services.container_metrics:ContainerMetricsService",
    "prometheus": "golive_lab.services.prometheus:PrometheusService",
    "vault": "golive_lab.services.standins:VaultService",
    "etcd": "golive_lab.services.kubernetes:EtcdService",
    "kube_apiserver": "golive_lab.services.kubernetes:ApiServerService",
    "kube_controller_manager": "golive_lab.services.kubernetes:ControllerManagerService",
    "kube_scheduler": "golive_lab.services.kubernetes:SchedulerService",
    "kwok": "golive_lab.services.kwok:KwokService",
    "pod_network": "golive_lab.services.pod_network:PodNetworkService",
    "registry": "golive_lab.services.registry:RegistryService",
    "registry_tokens": "golive_lab.services.standins:RegistryTokensService",
    "dns": "golive_lab.services.dns:DnsService",
    "edge": "golive_lab.services.edge:EdgeService",
    "source": "golive_lab.services.source:SourceService",
    "pagerduty": "golive_lab.services.standins:PagerDutyService",
    "change": "golive_lab.services.standins:ChangeService",
    "status_page": "golive_lab.services.standins:StatusPageService",
    "pages": "golive_lab.services.standins:PagesService",
    "grafana": "golive_lab.services.standins:GrafanaService",
}
"""Every server by name, as ``module:class``; imported only in the supervisor."""

ON_DEMAND: Mapping[str, str] = {
    "kafka_second": "golive_lab.services.kafka:KafkaSecondBroker",
    # Debian's program reads a template from where its package puts it; unpacked elsewhere it does not start.
    "alertmanager": "golive_lab.services.alertmanager:AlertmanagerService",
}
"""Servers that no run needs and only worlds start; there beside those that they need themselves."""

SYSTEMS: Mapping[str, frozenset[str]] = {
    # The services of the platform must be seen to hold connections, and records to flow.
    "postgres": frozenset({"postgres", "gateway", "instruments", "jobs"}),
    "clickhouse": frozenset({"clickhouse"}),
    "kafka": frozenset({"kafka", "clickhouse", "ingest", "feeder"}),
    "object_storage": frozenset({"object_storage"}),
    "identity": frozenset({"keycloak"}),
    "gateway": frozenset({*PLATFORM, "keycloak", "postgres", "clickhouse", "kafka", "object_storage"}),
    "services": frozenset(PLATFORM),
    "logs": frozenset({*PLATFORM, "opensearch", "shipper"}),
    "vault": frozenset({"vault"}),
    "dns": frozenset({"dns"}),
    "edge": frozenset({"edge"}),
    "evidence": frozenset(),  # a folder that every lab has
    "metrics": frozenset({"prometheus", "container_metrics", *PLATFORM}),
    # What is deployed there migrates the database first.
    "cluster": frozenset({*CLUSTER, "postgres"}),
    "registry": frozenset({"registry", "registry_tokens"}),
    "source": frozenset({"source"}),
    "pagerduty": frozenset({"pagerduty"}),
    "change": frozenset({"change"}),
    "status_page": frozenset({"status_page"}),
    "runbooks": frozenset({"pages"}),
    "documentation": frozenset({"pages"}),
    "grafana": frozenset({"grafana"}),
}
"""The target's systems and the servers that each needs."""


def services_of(systems: frozenset[str]) -> tuple[str, ...]:
    """The servers that these systems need, in the order of SERVICES.

    Raises BadInput for a system that the lab does not have.
    """
    unknown = sorted(systems - set(SYSTEMS))
    if unknown:
        raise BadInput(f"the lab has no system {', '.join(unknown)}", suggestion=f"one of: {', '.join(SYSTEMS)}")
    needed = frozenset().union(*(SYSTEMS[system] for system in systems))
    return tuple(name for name in SERVICES if name in needed)


def failed_systems(systems: frozenset[str], failed_services: Mapping[str, str]) -> dict[str, str]:
    """For each of these systems that a failed service takes with it, the reasons in words.

    ``failed_services``: what each did not do, as ``failed: no port``; a message about a system begins with its name.
    """
    reasons = {
        system: "; ".join(
            failed_services[service] if service == system else f"its server {service} {failed_services[service]}"
            for service in sorted(SYSTEMS[system] & set(failed_services))
        )
        for system in systems
    }
    return {system: reason for system, reason in reasons.items() if reason}


def load(lab: Lab) -> dict[str, LabService]:
    """Every server of the lab, none of them started. Raises LabUnavailable where a package of the extra is absent."""
    found: dict[str, LabService] = {}
    for name, place in {**SERVICES, **ON_DEMAND}.items():
        module, _, attribute = place.partition(":")
        try:
            factory: type[LabService] = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise LabUnavailable(
                "lab", f"{name} needs the Python package {error.name}", hint="pip install -e '.[lab]'"
            ) from error
        found[name] = factory(lab)
    return found
