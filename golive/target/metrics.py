"""Where the platform's metrics are, how each figure is asked for, and what its services may use.

Queries are PromQL that gives a range vector, so that golive sees every sample with its own time. In them ``{selector}``
stands for the service's labels, ``{service}`` for its name, ``{namespace}`` for the application's of [cluster],
``{window}`` for the range, as ``660000ms``; every other brace is PromQL's own.
"""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from golive.target.base import HttpUrl, NonEmpty, RoutePath, Seconds, Section
from golive.target.secrets import SecretReference

Query = Annotated[str, Field(pattern=r"\{window\}")]
Share = Annotated[float, Field(gt=0, le=10)]


class Queries(Section):
    """One query a figure, each series one container of one pod; the names are cAdvisor's and kube-state-metrics'."""

    cpu: Query = "container_cpu_usage_seconds_total{{selector}}[{window}]"
    """Counter, CPU seconds."""
    cpu_limit: Query = 'kube_pod_container_resource_limits{{selector}, resource="cpu"}[{window}]'
    """Cores."""
    memory: Query = "container_memory_working_set_bytes{{selector}}[{window}]"
    memory_limit: Query = 'kube_pod_container_resource_limits{{selector}, resource="memory"}[{window}]'
    """Bytes."""
    periods: Query = "container_cpu_cfs_periods_total{{selector}}[{window}]"
    """Counter, of the periods in which the container wanted CPU."""
    throttled: Query = "container_cpu_cfs_throttled_periods_total{{selector}}[{window}]"
    """Counter, of those in which it did not get all that it wanted."""
    restarts: Query = "kube_pod_container_status_restarts_total{{selector}}[{window}]"
    oom_kills: Query = "container_oom_events_total{{selector}}[{window}]"
    running: Query = "kube_pod_container_status_running{{selector}}[{window}]"
    """1 for each pod that runs: its other figures must be there too."""


class Requests(Section):
    """Where the platform counts its users' requests: a histogram, one selector an endpoint.

    Declared, it stands in place of load for performance.api_latency. ``load.limit`` must be one of its edges.
    """

    buckets: Query = "http_server_requests_seconds_bucket{selector}[{window}]"
    """Counters by ``le``; ``{selector}`` stands for the endpoint's, braces included."""
    endpoints: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """Labels of each endpoint's series."""
    status_label: NonEmpty = "status"
    errors: NonEmpty = "5.."
    """Regular expression of the statuses that are errors, however quick: over the limit, all of them."""
    block: Annotated[float, Field(gt=0, le=600)] = 30
    """As for the load: at least 20 must fit into ``load.quiet_window``, each longer than two scrapes."""
    longest_burst: Annotated[float, Field(ge=0, le=600)] = 10

    @field_validator("errors")
    @classmethod
    def _compile(cls, errors: str) -> str:
        try:
            re.compile(errors)
        except re.error as error:
            raise ValueError(f"{errors!r} is no regular expression: {error}") from None
        return errors


class Metrics(Section):
    """Prometheus, or what speaks its API; asked with a user's password, or with a token, where it wants either."""

    url: HttpUrl
    """Below which ``/api/v1`` stands."""
    health: RoutePath = "/-/healthy"
    user: NonEmpty | None = None
    password: SecretReference | None = None
    token: SecretReference | None = None
    max_gap: Seconds = 90
    """Longest time between two samples of a series: some three of its scrape intervals."""
    pod_label: NonEmpty = "pod"
    selector: NonEmpty = 'namespace="{namespace}", container="{service}"'
    """Labels of a service's containers."""
    selectors: dict[NonEmpty, NonEmpty] = Field(default_factory=dict)
    """Those of services that differ, and of further ones that [services] does not name: stores, for instance."""
    queries: Queries = Queries()
    jobs: frozenset[NonEmpty] = frozenset()
    """Every job that must be scraped, by its targets' label ``job``; monitoring.prometheus looks at each."""
    requests: Requests | None = None

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if self.user is not None and self.token is not None:
            raise ValueError("name a user with a password, or a token, not both")
        return self


class Leak(Section):
    """When memory that grows is a leak. A window that is shorter than ``seconds`` decides none."""

    bytes_per_hour: Annotated[float, Field(gt=0)]
    """Of one pod."""
    seconds: Annotated[float, Field(ge=10, le=86_400)] = 3600


class Resources(Section):
    """What each pod of each service may use within the window."""

    cpu_share: Share = 0.8
    """Of its limit, over the busiest ``stretch`` of the window."""
    stretch: Seconds = 60
    memory_share: Share = 0.9
    """Of its limit, at any time."""
    throttled_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Of the periods in which it wanted CPU."""
    restarts: Annotated[int, Field(ge=0)] = 0
    oom_kills: Annotated[int, Field(ge=0)] = 0
    leak: Leak
    cpu_cores: Annotated[float, Field(gt=0)] | None = None
    """Limit of containers for which the platform sets none; without, these are not decided."""
    memory_bytes: Annotated[int, Field(gt=0)] | None = None
    """As ``cpu_cores``."""
