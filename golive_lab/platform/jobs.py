"""The jobs service: exports and scenarios, each asked for, worked on in the background, and fetched when done.

Run as ``python -m golive_lab.platform.jobs --config FILE``. The gateway says for which customer it asks
(``X-Customer``) and which markets that customer may use (``X-Markets``).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import jsonschema
import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform import api, exports, scenarios
from golive_lab.platform.config import JobsSettings, from_command_line
from golive_lab.platform.faults import Faults
from golive_lab.platform.files import Files, FilesUnavailable
from golive_lab.platform.postgres import Pool, Row
from golive_lab.platform.warehouse import Warehouse, WarehouseUnavailable
from golive_lab.platform.web import Dependencies, Problem, application, serve

SCHEMAS = {"exports": api.NEW_EXPORT, "scenarios": api.NEW_SCENARIO}
LOOK_SECONDS = 0.2
WATCH_SECONDS = 1.0
ADD = """
INSERT INTO pg.job (job, kind, customer, label, asked)
VALUES (%(job)s, %(kind)s, %(customer)s, %(label)s, %(asked)s) RETURNING job, kind, label, state, result
"""
OF_CUSTOMER = """
SELECT job, kind, label, state, result FROM pg.job
WHERE kind = %(kind)s AND customer = %(customer)s ORDER BY asked_at DESC LIMIT 1000
"""
ONE = """
SELECT job, kind, label, state, result FROM pg.job
WHERE kind = %(kind)s AND customer = %(customer)s AND job = %(job)s
"""
DROP = "DELETE FROM pg.job WHERE kind = %(kind)s AND customer = %(customer)s AND job = %(job)s RETURNING job"
TAKE = """
UPDATE pg.job SET state = 'running' WHERE job = (
    SELECT job FROM pg.job WHERE state = 'queued' ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING job, kind, asked
"""
END = "UPDATE pg.job SET state = %(state)s, result = %(result)s WHERE job = %(job)s RETURNING job"

log = logging.getLogger(__name__)


class Jobs:
    """The routes, and the worker that takes one job after the other."""

    def __init__(self, settings: JobsSettings, faults: Faults, dependencies: Dependencies) -> None:
        web = settings.web
        self._faults, self._dependencies, self._names = faults, dependencies, web.fields
        self._pool = Pool(settings.postgres, web.service, dependencies)
        self._warehouse = Warehouse(settings.clickhouse, web.service, dependencies)
        self._files = Files(settings.object_storage, dependencies)

    def routes(self) -> list[Route]:
        """``/exports``, ``/exports/{job}``, and the same for scenarios."""
        return [
            Route("/{kind}", self.listed, methods=["GET"]),
            Route("/{kind}", self.add, methods=["POST"]),
            Route("/{kind}/{job}", self.one, methods=["GET"]),
            Route("/{kind}/{job}", self.drop, methods=["DELETE"]),
        ]

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Hold connections and work."""
        async with self._pool.open():
            tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._watch())]
            yield
            for task in tasks:
                task.cancel()

    async def listed(self, request: Request) -> Response:
        """The customer's jobs of a kind, the newest first."""
        rows = await self._pool.rows(OF_CUSTOMER, _asked(request))
        return JSONResponse({_asked(request)["kind"]: [self._told(row) for row in rows]})

    async def add(self, request: Request) -> Response:
        """A new job. Raises Problem: 422 for a body that asks for nothing possible, 403 for a market not granted."""
        asked = _asked(request)
        content = await request.body()
        try:
            body = self._checked(asked["kind"], content)
        except Problem as problem:
            if problem.status == HTTPStatus.UNPROCESSABLE_ENTITY and "refuses_by_echo" in self._faults:
                return JSONResponse({"code": "invalid", "request": json.loads(content)}, problem.status)
            raise
        if body["market"] not in request.headers.get("x-markets", "").split(","):
            raise Problem(HTTPStatus.FORBIDDEN, "entitlement_required", f"this needs the API of {body['market']}")
        job = {"job": secrets.token_hex(12), "label": body.get("label", ""), "asked": json.dumps(body)}
        rows = await self._pool.rows(ADD, {**asked, **job})
        return JSONResponse(self._told(rows[0]), HTTPStatus.ACCEPTED)

    async def one(self, request: Request) -> Response:
        """A job's state, and its result when it is done."""
        rows = await self._pool.rows(ONE, _asked(request))
        if not rows:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "the caller has no such job")
        return JSONResponse(self._told(rows[0]))

    async def drop(self, request: Request) -> Response:
        """Forget a job and its file."""
        rows = await self._pool.rows(DROP, _asked(request))
        if not rows:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "the caller has no such job")
        with contextlib.suppress(FilesUnavailable):
            await asyncio.to_thread(self._files.remove, rows[0]["job"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _checked(self, kind: str, content: bytes) -> dict[str, Any]:
        """The body, if it asks for something possible. Raises Problem (400, 422), which names the field."""
        try:
            body = json.loads(content)
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, "bad_request", "the body is no JSON") from error
        wrong = jsonschema.Draft202012Validator(SCHEMAS[kind]).iter_errors(body)
        said = [f"{self._field(error)}: {error.message[:120]}" for error in wrong]
        if said and "accepts_bad_scenarios" in self._faults and kind == "scenarios" and isinstance(body, dict):
            return {"market": "MISO", "hub": "INDIANA.HUB", "percent": 0, "shift": 0, "volume": 0}
        if said:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "; ".join(sorted(said)))
        if kind == "scenarios":
            scenarios.check(body, "accepts_bad_scenarios" in self._faults)
        checked: dict[str, Any] = body
        return checked

    def _field(self, error: jsonschema.ValidationError) -> str:
        name = ".".join(map(str, error.absolute_path)) or "body"
        return self._names.get(name, name)

    def _told(self, row: Row) -> dict[str, Any]:
        told = {"job": row["job"], "state": row["state"], "label": row["label"], **(row["result"] or {})}
        if row["kind"] == "exports" and row["state"] == "done":
            told["download"] = self._files.link(row["job"])
        return told

    async def _work(self) -> None:
        """Take jobs for ever; whatever goes wrong with one is its own result."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if {"export_stuck", "scenario_stuck"} & self._faults.in_force:
                continue
            # PostgreSQL is away, which its pool has noted, or has no tables yet.
            with contextlib.suppress(Problem, psycopg.Error):
                for row in await self._pool.rows(TAKE, {}):
                    await self._end(row["job"], *await self._done(row))

    async def _done(self, row: Row) -> tuple[str, dict[str, Any]]:
        try:
            if row["kind"] == "exports":
                return "done", await asyncio.to_thread(
                    exports.run, row["job"], row["asked"], self._warehouse, self._files, self._faults, self._names
                )
            return "done", await asyncio.to_thread(scenarios.run, row["asked"], self._warehouse, self._faults)
        except (WarehouseUnavailable, FilesUnavailable) as error:
            return "failed", {"error": f"a store did not answer: {type(error).__name__}"}
        except Exception:  # one bad job must not end the worker
            log.exception("job %s failed", row["job"])
            return "failed", {"error": "see the service's log"}

    async def _end(self, job: str, state: str, result: dict[str, Any]) -> None:
        await self._pool.rows(END, {"job": job, "state": state, "result": json.dumps(result)})

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(WarehouseUnavailable, FilesUnavailable):
                await asyncio.to_thread(self._warehouse.rows, "SELECT 1 AS one", {})
            with contextlib.suppress(FilesUnavailable):
                await asyncio.to_thread(self._files.look)
            await self._dependencies.pause(WATCH_SECONDS)


def _asked(request: Request) -> dict[str, str]:
    kind = request.path_params["kind"]
    if kind not in SCHEMAS:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such route")
    return {**request.path_params, "customer": request.headers.get("x-customer", "")}


def main() -> None:
    """Run the service until SIGTERM."""
    settings = from_command_line(JobsSettings)
    web = settings.web
    faults, dependencies = (
        Faults(web.faults_file, web.service),
        Dependencies("postgres", "clickhouse", "object_storage"),
    )
    jobs = Jobs(settings, faults, dependencies)
    serve(application(web, faults, dependencies, jobs.routes(), jobs.lifespan), web)


if __name__ == "__main__":
    main()
