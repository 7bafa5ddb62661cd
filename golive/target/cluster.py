"""Kubernetes as a target has it: how to reach it, its two namespaces, and what a release deploys there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from golive.target.base import NonEmpty, Seconds, Section
from golive.target.secrets import KubeconfigReference

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Minor = Annotated[str, Field(pattern=r"^\d+\.\d+$")]
Subject = Annotated[str, Field(pattern=r"^(Group|User) \S+$|^ServiceAccount \S+/\S+$")]
ClaimName = Annotated[str, Field(pattern=r"^[^\s/]+/[^\s/]+$")]
"""``namespace/name``."""
Quantity = Annotated[str, Field(pattern=r"^\d+(\.\d+)?([kMGTPE]|[KMGTPE]i)?$")]
Names = Annotated[tuple[NonEmpty, ...], Field(min_length=1)]
FLYWAY = """
SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END AS state FROM flyway_schema_history
WHERE version IS NOT NULL ORDER BY installed_rank
"""


class Cluster(Section):
    """Where the API server is and as whom it is asked; never a kubeconfig that happens to lie about."""

    application_namespace: NonEmpty = "market-intelligence"
    infrastructure_namespace: NonEmpty = "market-intelligence-infra"
    kubeconfig: KubeconfigReference | None = None
    """A kubeconfig with one user's credentials inside, or an ``exec`` that gets them."""
    context: NonEmpty | None = None
    """One of the kubeconfig's contexts, where its current one is not meant."""
    in_cluster: bool = False
    """As the service account of the pod that golive runs in, in place of a kubeconfig."""
    versions: tuple[Minor, Minor] | None = None
    """Oldest and newest minor version that the API server may have."""
    min_nodes: Annotated[int, Field(ge=1)] = 3
    min_zones: Annotated[int, Field(ge=1)] = 2
    """Zones over which ready nodes must stand."""
    tolerated_taints: frozenset[NonEmpty] = frozenset()
    """Keys of taints that the platform's own pods tolerate; nodes with others are not counted."""
    cluster_admins: frozenset[Subject] = frozenset({"Group system:masters"})
    """Who may do everything everywhere, as ``Group NAME``, ``User NAME`` or ``ServiceAccount NAMESPACE/NAME``."""
    namespace_admins: frozenset[Subject] = frozenset()
    """Who may besides do everything within one of both namespaces, as a deployer may."""
    pod_security: Literal["baseline", "restricted"] = "restricted"
    """The level that both namespaces must enforce."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.in_cluster and self.kubeconfig is not None:
            raise ValueError("name a kubeconfig or say in_cluster = true, not both")
        return self


class HelmRelease(Section):
    """What Helm must have deployed."""

    release: NonEmpty
    chart: NonEmpty
    version: NonEmpty
    """Of the chart."""
    values_sha256: Sha256 | None = None
    """Of the values given to it: ``helm get values RELEASE -n NAMESPACE -o json | jq -cS . | sha256sum``."""


class ApplicationRelease(HelmRelease):
    """The application's own release, whose values name the release's tag."""

    tag: NonEmpty = "image.tag"
    """Dotted path of the tag in the values."""


class Deployment(Section):
    """What a deployment of a release leaves in the cluster."""

    infrastructure: HelmRelease
    application: ApplicationRelease
    workloads: Names
    """Deployments, StatefulSets and DaemonSets of the application's release; each runs the release's tag."""
    services: Names
    """Services of the application's namespace, each of which must have ready endpoints."""
    digests: dict[NonEmpty, Digest] = Field(default_factory=dict)
    """Under a workload's name the digest that its release was built as; without, all its pods must agree."""
    rendered: Path | None = None
    """What ``helm template`` renders for the release, where that is not deployed here yet; relative to the folder of
    checklist.toml. Without, what Helm has deployed counts."""
    watch: Seconds = 30
    """Time between two looks at the restarts, which must not grow."""


class Volumes(Section):
    """Persistent volumes of both namespaces."""

    storage_class: NonEmpty
    """Of every claim."""
    claims: Annotated[dict[ClaimName, Quantity], Field(min_length=1)]
    """Claims that hold data, with the least capacity of each; their volumes must outlive them."""


class Migrations(Section):
    """The database's history of migrations, read as the application's role."""

    head: NonEmpty
    """The release's last migration."""
    versions: tuple[NonEmpty, ...] = ()
    """All of its migrations, where one that was left out before the head must be found too."""
    query: NonEmpty = FLYWAY
    """Gives ``version`` and ``state`` of each in the order in which they were applied; any state but ``applied`` is a
    failure."""

    @model_validator(mode="after")
    def _head_is_last(self) -> Self:
        if self.versions and self.versions[-1] != self.head:
            raise ValueError(f"versions ends with {self.versions[-1]!r}, head is {self.head!r}")
        return self
