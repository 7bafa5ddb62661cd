"""The HTTP interface: ``/ping`` for anybody, ``/`` for queries of known users."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from golive_lab.clickhouse_http import compression, statements, users
from golive_lab.clickhouse_http.engine import Engine, Query
from golive_lab.clickhouse_http.errors import Code, ServerError

DISPLAY_NAME = "golive-lab"
PARAMETER = "param_"
NO_SETTINGS = frozenset(
    {
        "buffer_size",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_write_exception_in_output_format",
        "password",
        "query",
        "query_id",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
"""Names in the query string that speak to the interface, not to the engine."""
CONTENT_TYPES = {
    "CSV": "text/csv; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}
PLAIN = "text/plain; charset=UTF-8"


def make_app(engine: Engine, known: Mapping[str, users.User]) -> Starlette:
    """The application over one engine for the known users."""

    async def query(request: Request) -> Response:
        identifier = request.query_params.get("query_id") or str(uuid.uuid4())
        try:
            response = await _answer(engine, known, request)
        except ServerError as error:
            text = f"{error.message} (version {engine.version} (official build))\n"
            response = Response(text, error.status, {"X-ClickHouse-Exception-Code": str(error.code)}, PLAIN)
        response.headers["X-ClickHouse-Server-Display-Name"] = DISPLAY_NAME
        response.headers["X-ClickHouse-Query-Id"] = identifier
        response.headers["X-ClickHouse-Timezone"] = engine.timezone
        return response

    async def ping(_: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    return Starlette(
        routes=[
            Route("/", query, methods=["GET", "POST"]),
            Route("/ping", ping),
            Route("/replicas_status", ping),
        ]
    )


async def _answer(engine: Engine, known: Mapping[str, users.User], request: Request) -> Response:
    parameters = dict(request.query_params)
    body = await request.body()
    if request.method != "POST" and not parameters.get("query"):
        return PlainTextResponse("Ok.\n")
    user = users.authenticate(known, request.headers, parameters)
    decoded = await run_in_threadpool(compression.decode, body, request.headers.get("content-encoding", ""))
    query = _query(request, parameters, decoded, user)
    result = await run_in_threadpool(engine.run, query)
    headers = {"X-ClickHouse-Summary": json.dumps(result.summary)}
    content = result.body
    if result.format:
        headers["X-ClickHouse-Format"] = result.format
    if content and parameters.get("enable_http_compression") == "1":
        accepted = request.headers.get("accept-encoding", "")
        content, encoding = await run_in_threadpool(compression.encode, content, accepted)
        headers |= {"Content-Encoding": encoding} if encoding else {}
    return Response(content, 200, headers, CONTENT_TYPES.get(result.format, PLAIN))


def _query(request: Request, parameters: Mapping[str, str], body: bytes, user: users.User) -> Query:
    statement = statements.parse(parameters.get("query", ""), body)
    if not statement.text.strip():
        raise ServerError.of(Code.SYNTAX_ERROR, "Syntax error: empty query.")
    user.check(statement)
    headers = request.headers
    default = headers.get("x-clickhouse-format") or parameters.get("default_format") or "TabSeparated"
    reads = statement.kind is statements.Kind.READ
    return Query(
        statement,
        database=parameters.get("database") or headers.get("x-clickhouse-database", ""),
        format=statement.format or default,
        settings={
            name: value
            for name, value in parameters.items()
            if name not in NO_SETTINGS and not name.startswith(PARAMETER)
        },
        parameters={
            name.removeprefix(PARAMETER): value for name, value in parameters.items() if name.startswith(PARAMETER)
        },
        # The server too lets GET only read. That an application's read is one in truth, the engine sees to.
        read_only=request.method != "POST" or (reads and not user.administrator),
    )
