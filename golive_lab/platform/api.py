"""The API's operations, in one table: the gateway serves them, and the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from golive_lab.platform.fields import renamed

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
MARKET: Schema = {"type": "string", "enum": ["MISO", "CAISO"]}
STATE: Schema = {"type": "string", "enum": ["queued", "running", "done", "failed"]}


def thing(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object of exactly these fields."""
    every = {**fields, **(optional or {})}
    return {"type": "object", "required": list(fields), "properties": every, "additionalProperties": False}


def many(item: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": item}


INSTRUMENT = thing({"instrument": TEXT, "market": MARKET, "node": TEXT, "product": TEXT, "unit": TEXT})
LATEST = thing({"node": TEXT, "interval_start": MOMENT, "price": NUMBER, "event_time": MOMENT, "sequence": COUNT})
HOUR = thing(
    {
        "node": TEXT,
        "operating_day": DAY,
        "hour_ending": {"type": "integer", "minimum": 1, "maximum": 25},
        "interval_start": MOMENT,
        "price": NUMBER,
    }
)
POINT = thing({"month": MONTH, "price": NUMBER})
CURVE = {"market": MARKET, "hub": TEXT, "as_of": DAY, "unit": TEXT, "points": many(POINT)}
JOB: Mapping[str, Schema] = {"job": TEXT, "state": STATE}
EXPORT = thing(
    {**JOB, "label": {"type": "string"}},
    {"format": TEXT, "rows": COUNT, "download": {"type": "string", "format": "uri"}, "error": TEXT},
)
RESULT = thing({"hub": TEXT, "as_of": DAY, "points": many(POINT), "value_change": NUMBER})
SCENARIO = thing({**JOB, "label": {"type": "string"}}, {"result": RESULT, "error": TEXT})
PROBLEM = thing({"title": TEXT, "status": COUNT, "code": TEXT, "detail": TEXT})

NEW_EXPORT = thing(
    {
        "market": MARKET,
        "dataset": {"type": "string", "enum": ["day_ahead"]},
        "from": DAY,
        "to": DAY,
        "format": {"type": "string", "enum": ["csv", "parquet"]},
    },
    {"label": {"type": "string", "maxLength": 200}},
)
NEW_SCENARIO = thing(
    {
        "market": MARKET,
        "hub": TEXT,
        "percent": {"type": "number", "minimum": -100, "maximum": 1000},
        "shift": {"type": "number", "minimum": -1000, "maximum": 1000},
        "volume": {"type": "number", "minimum": 0},
    },
    {"label": {"type": "string", "maxLength": 200}},
)


@dataclass(frozen=True)
class Operation:
    """One operation. ``name`` finds its path in the configuration and its handler in the gateway.

    ``entitled`` is False where every valid token will do. ``query`` are optional parameters.
    """

    name: str
    method: str
    summary: str
    answer: Schema
    status: int = 200
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    entitled: bool = True
    media: str = "application/json"
    documented: bool = True


def operations(paging: str) -> tuple[Operation, ...]:
    """Every operation; ``paging`` is ``cursor`` or ``page``."""
    page, following = ({"page": COUNT}, COUNT) if paging == "page" else ({"cursor": TEXT}, TEXT)
    span = {"from": DAY, "to": DAY, "node": TEXT, "limit": {"type": "integer", "minimum": 1, "maximum": 1000}}
    market = {"market": MARKET}
    hubs = many(thing({"hub": TEXT, "as_of": DAY, "months": COUNT}))
    history = thing({**market, "prices": many(HOUR), "next": {**following, "type": [following["type"], "null"]}})
    return (
        Operation("openapi", "GET", "This document", {"type": "object"}, entitled=False),
        Operation(
            "whoami", "GET", "Who the token speaks for", thing({"subject": TEXT, "customer": TEXT}), entitled=False
        ),
        Operation("instruments", "GET", "What may be priced", thing({"instruments": many(INSTRUMENT)})),
        Operation("latest", "GET", "Each node's latest price", thing({**market, "prices": many(LATEST)})),
        Operation("history", "GET", "Day-ahead prices, hour by hour", history, query={**span, **page}),
        Operation("curves", "GET", "Hubs with a forward curve", thing({**market, "hubs": hubs})),
        Operation("curve", "GET", "A hub's forward curve", thing(CURVE)),
        Operation("stream", "GET", "Prices as they come", {"type": "string"}, media="text/event-stream"),
        Operation("stream_ws", "GET", "Prices as they come, by WebSocket", {"type": "string"}, documented=False),
        Operation("exports", "GET", "The caller's exports", thing({"exports": many(EXPORT)})),
        Operation("exports", "POST", "Ask for an export", EXPORT, 202, body=NEW_EXPORT),
        Operation("export", "GET", "How an export gets on", EXPORT),
        Operation("export", "DELETE", "Forget an export and its file", {}, 204),
        Operation("scenarios", "GET", "The caller's scenarios", thing({"scenarios": many(SCENARIO)})),
        Operation("scenarios", "POST", "Run a scenario over a curve", SCENARIO, 202, body=NEW_SCENARIO),
        Operation("scenario", "GET", "How a scenario gets on", SCENARIO),
        Operation("scenario", "DELETE", "Forget a scenario", {}, 204),
    )


@dataclass(frozen=True)
class Description:
    """What the document says beyond the operations."""

    release: str
    prefix: str
    paths: Mapping[str, str]
    fields: Mapping[str, str]


def document(known: tuple[Operation, ...], about: Description) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in known:
        if operation.documented:
            path = about.paths[operation.name]
            paths.setdefault(about.prefix + path, {})[operation.method.lower()] = _described(operation, path, about)
    security = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Market Intelligence API", "version": about.release},
        "paths": paths,
        "components": {"securitySchemes": security, "schemas": {"Problem": _named(PROBLEM, about)}},
        "security": [{"token": []}],
    }


def _described(operation: Operation, path: str, about: Description) -> dict[str, Any]:
    in_path = [piece.strip("{}") for piece in path.split("/") if piece.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in in_path]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    success: dict[str, Any] = {"description": operation.summary}
    if operation.answer:
        success["content"] = {operation.media: {"schema": _named(operation.answer, about)}}
    described: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}_{operation.name}",
        "summary": operation.summary,
        "responses": {str(operation.status): success, "default": {"description": "A problem", **problem}},
    }
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": _named(operation.body, about)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _named(schema: Schema, about: Description) -> Schema:
    """The schema with the platform's own names for fields, also where it lists those that are required."""
    named: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            named[key] = {about.fields.get(name, name): _named(each, about) for name, each in value.items()}
        elif key == "required":
            named[key] = [about.fields.get(name, name) for name in value]
        else:
            named[key] = _named(value, about) if isinstance(value, dict) else renamed(value, {})
    return named
