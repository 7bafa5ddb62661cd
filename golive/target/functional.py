"""What the platform promises its customers: the API, its streams, exports and scenarios.

Field names are those of the platform's own answers; a ``query`` gives columns of the same names, so that what the API
says can be laid beside what the store holds. ClickHouse parameters are written ``{name:Type}``.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from golive.target.base import (
    ClockTime,
    ExpectedAnswer,
    MarketName,
    NonEmpty,
    RoutePath,
    Seconds,
    Section,
)

Names = Annotated[frozenset[NonEmpty], Field(min_length=1)]
JsonObject = dict[str, Any]


class Refusal(ExpectedAnswer):
    """How the entitlement's own 403 is told from every other one."""

    fields: Names
    """Every field that its JSON body may have; any other one counts as data."""


class Parameter(Section):
    """Values of a path parameter of the OpenAPI document."""

    allowed: NonEmpty
    """With it the MISO persona's call succeeds; where ``absent``, it names nothing and the call gets 404."""
    absent: bool = False
    forbidden: tuple[NonEmpty, ...] = ()
    """Further values with which the CAISO persona must be refused: its own market, for instance."""


class UnlistedRoute(Section):
    """A route that the OpenAPI document does not list, and the status that the MISO persona gets there."""

    route: RoutePath
    status: Annotated[int, Field(ge=200, le=499)] = 200


class Rows(Section):
    """Rows in an answer: where the list stands, what identifies a row, and where its price and interval stand."""

    rows: NonEmpty
    """Dotted path of the list."""
    key: Annotated[tuple[NonEmpty, ...], Field(min_length=1)]
    node: NonEmpty
    start: NonEmpty
    """When the row's interval begins; ISO 8601 with a zone."""
    price: NonEmpty


class LatestPrices(Rows):
    """The latest real-time prices of a market."""

    route: RoutePath
    market: MarketName
    nodes: Names
    """Every node that must be there, and no other."""
    interval: Annotated[int, Field(ge=60, le=3600)] = 300
    """Seconds that one price holds for; must divide an hour."""
    event: NonEmpty
    """When the price was made."""
    max_age: Seconds
    """From the event to the answer."""
    query: NonEmpty
    """The rows of the last minutes in ClickHouse: columns of ``key``, ``price`` and ``event`` at least."""


class Paging(Section):
    """How an answer says what comes after it."""

    next: NonEmpty
    """Dotted path of what asks for the next page, or of its address; null, "", false or absent after the last one."""
    parameter: NonEmpty
    """Query parameter that takes it."""
    size_parameter: NonEmpty
    """Query parameter that says how many rows a page may have at most."""
    size: Annotated[int, Field(ge=1, le=10_000)]


class History(Rows):
    """Day-ahead prices hour by hour, in pages."""

    route: RoutePath
    market: MarketName
    nodes: Names
    days: Annotated[int, Field(ge=1, le=31)] = 2
    """Operating days to read, the newest published one last."""
    published_at: ClockTime
    """Market time at which the next day's prices must be out."""
    first_parameter: NonEmpty
    last_parameter: NonEmpty
    paging: Paging
    query: NonEmpty
    """The same rows in ClickHouse, between ``{first:Date}`` and ``{last:Date}``, both included."""


class Curves(Section):
    """Forward curves of a market's hubs."""

    route: RoutePath
    """With ``{hub}`` where the hub's name stands."""
    market: MarketName
    hubs: Names
    points: NonEmpty
    """Dotted path of the list of months."""
    month: NonEmpty
    price: NonEmpty
    as_of: NonEmpty
    """Dotted path of the day that the curve was settled on."""
    settled_at: ClockTime
    """Market time at which a trading day's curves must be out."""
    holidays: frozenset[datetime.date] = frozenset()
    """Weekdays without a settlement."""
    months: Annotated[int, Field(ge=2, le=240)]
    """Contract months that a curve must have, beginning with the one after its as-of day's."""
    query: NonEmpty
    """A hub's newest curve in ClickHouse, for ``{hub:String}``: columns as ``month``, ``price`` and ``as_of``."""

    @model_validator(mode="after")
    def _hub(self) -> Curves:
        if "{hub}" not in self.route:
            raise ValueError("route has no {hub}")
        return self


class Api(Section):
    """The API as its customers know it."""

    openapi: RoutePath
    """The OpenAPI document; asked for as the MISO persona."""
    operations: frozenset[NonEmpty] = frozenset()
    """All that this release serves, as ``GET /path/{parameter}``; documentation.api compares document and gateway."""
    open: frozenset[NonEmpty] = frozenset()
    """Paths of the document that every valid token may use."""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    queries: dict[NonEmpty, dict[NonEmpty, str]] = Field(default_factory=dict)
    """Query parameters that a read operation must have, by ``GET /path`` as the document writes it."""
    refusal: Refusal
    hub_routes: Annotated[tuple[RoutePath, ...], Field(min_length=1)]
    """Where the CAISO persona's token must work: it is a customer, of the Web Hub."""
    unlisted: tuple[UnlistedRoute, ...] = ()
    """Routes that need the API's entitlement and are not in the document."""
    never: frozenset[NonEmpty] = frozenset()
    """Operations that must not be tried here, as ``DELETE /path``: bulk and purge."""
    latest: LatestPrices
    history: History
    curves: Curves


class Stream(Section):
    """The live stream of a market."""

    kind: Literal["websocket", "sse"]
    route: RoutePath
    topic: NonEmpty
    """The Kafka topic that its events come from."""
    event: str = ""
    """Dotted path of the event in a message; empty where the message is the event."""
    id: NonEmpty = "id"
    """Field of a WebSocket message from which to resume; server-sent events have an id of their own."""
    resume_parameter: NonEmpty = "after"
    """Query parameter of a WebSocket that resumes; server-sent events use ``Last-Event-ID``."""
    partition: NonEmpty
    offset: NonEmpty
    event_time: NonEmpty
    """ISO 8601 with a zone."""
    compare: Names
    """Fields that must equal those of the topic's own record."""
    record: dict[NonEmpty, NonEmpty] = Field(default_factory=dict)
    """What the topic's record calls a field of ``compare``, where it differs."""
    instrument: str = ""
    """Field of the topic's record that names its instrument: under load each must come; without, each partition."""
    max_age: Seconds
    """From the event's time to its arrival."""
    seconds: Annotated[float, Field(ge=1, le=600)] = 5
    """How long to listen."""
    min_events: Annotated[int, Field(ge=2)] = 10
    """Fewer in that time are a silent stream."""


class Job(Section):
    """A job of the platform: asked for, then looked at until it is done."""

    route: RoutePath
    """POST asks, GET lists; the job's own path is below it."""
    id: NonEmpty
    """Field of the job; where the answer to POST lacks it, the last part of its ``Location`` is taken."""
    label: NonEmpty
    """Field of request and job that takes the suite's own mark."""
    list: NonEmpty
    """Dotted path of the jobs in the listing."""
    state: NonEmpty
    done: NonEmpty
    failed: NonEmpty
    seconds: Seconds
    """Until it must be done."""


class Export(Job):
    """Day-ahead prices as files."""

    body: JsonObject
    """The request; ``{first}``, ``{last}``, ``{format}`` and ``{label}`` are filled in."""
    formats: Annotated[tuple[Literal["csv", "parquet"], ...], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=31)] = 1
    download: NonEmpty
    """Field of the finished job: where the file is; relative to the gateway, where it is no whole address."""
    rows: NonEmpty
    """Field of the finished job: how many rows the file has."""


class BadRequest(Section):
    """A request that must be refused, with the field that the refusal must name."""

    change: JsonObject
    """What it changes in the good request."""
    names: NonEmpty
    """The field, as a word of the refusal's own: repeating the request names nothing."""
    status: Annotated[int, Field(ge=400, le=499)] = 422


class Scenario(Job):
    """A shock to a forward curve: each price becomes ``price * (1 + percent / 100) + shift``."""

    body: JsonObject
    """The request; ``{label}`` is filled in."""
    hub: NonEmpty
    percent: float
    shift: float
    volume: float
    """MWh a month; the change in value is the sum of the changes in price times this."""
    points: NonEmpty
    """Dotted path of the shocked curve in the finished job."""
    month: NonEmpty
    price: NonEmpty
    value_change: NonEmpty
    """Dotted path of the change in value in the finished job."""
    decimals: Annotated[int, Field(ge=0, le=10)] = 4
    """Of the prices in the answer; the change in value has two."""
    refused: Annotated[tuple[BadRequest, ...], Field(min_length=1)]
