"""Jobs of the platform: asked for under the suite's own mark, looked at until they are done, and removed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.errors import ProtocolBroken, ResidueLeft
from golive.facts.api import SYSTEM, Api
from golive.facts.rows import at, rows_at
from golive.residue import RunId
from golive.target import Target
from golive.target.functional import Job as Settings
from golive.waiting import Deadline, wait_until

_GONE = {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True)
class Job:
    """A job that was asked for, as it was last seen. ``state`` is the platform's word, or ``asking answered NNN``."""

    id: str
    status: int
    """Of the answer that took the job."""
    state: str
    seconds: float
    version: str
    content: Mapping[str, Any] = field(repr=False)


class Jobs:
    """The jobs of one kind, as one persona."""

    def __init__(self, target: Target, settings: Settings, run: RunId, token: SecretStr) -> None:
        self._api, self._settings, self._run, self._token = Api(target), settings, run, token

    @contextmanager
    def run(self, body: Mapping[str, Any]) -> Iterator[Job]:
        """The job that the body asks for, once it is over or its time is; removed when the block is left.

        ``{label}`` in the body becomes the suite's mark. Raises ResidueLeft where it could not be removed.
        """
        began = time.monotonic()
        answer = self.ask(body)
        content = answer.json()
        job = str(at(content, self._settings.id) or "")
        version = self._api.version(answer)
        if not _accepted(answer) or not job:
            said = f"asking answered {answer.status}: {answer.text[:200]}"
            yield Job(job, answer.status, said, 0.0, version, {})
            return
        try:
            last = self._watch(job)
            state = str(at(last, self._settings.state))
            yield Job(job, answer.status, state, round(time.monotonic() - began, 1), version, last)
        finally:
            self._remove(job)

    def ask(self, body: Mapping[str, Any]) -> Answer:
        """The answer to a request for a job."""
        content = json.dumps(filled(body, {"label": f"{self._run.prefix}/{secrets.token_hex(4)}"})).encode()
        return self._send("POST", self._settings.route, content)

    def refused(self, body: Mapping[str, Any], names: str) -> str:
        """What a request that makes no sense is answered: its status, and whether the field is named.

        A job that it makes all the same is removed.
        """
        answer = self.ask(body)
        job = str(at(answer.json(), self._settings.id) or "")
        if _accepted(answer) and job:
            self._remove(job)
        return f"{answer.status}, {'naming' if names in answer.text else 'not naming'} {names}"

    def sweep(self) -> list[str]:
        """Remove jobs that dead or expired runs left; names of what went."""
        listed = rows_at(self._send("GET", self._settings.route).json(), self._settings.list)
        dead = []
        for row in listed:
            owner = RunId.owner_of(str(row.get(self._settings.label, "")))
            if owner is not None and owner.may_be_removed():
                self._remove(str(row[self._settings.id]))
                dead.append(f"{self._settings.route}/{row[self._settings.id]}")
        return dead

    def _watch(self, job: str) -> Mapping[str, Any]:
        """The job once it is over, or as it is when its time is: a job that is stuck is a fact."""
        deadline = Deadline(SYSTEM, f"job {job}", self._settings.seconds)

        def look() -> tuple[Mapping[str, Any] | None, str]:
            answer = self._send("GET", f"{self._settings.route}/{job}")
            content = answer.json()
            if answer.status != HTTPStatus.OK or not isinstance(content, dict):
                raise ProtocolBroken(SYSTEM, f"{self._settings.route}/… answered {answer.status}; expected the job")
            state = str(at(content, self._settings.state))
            over = state in {self._settings.done, self._settings.failed} or deadline.remaining <= 0
            return (content if over else None), state

        return wait_until(look, deadline, interval=0.2)

    def _remove(self, job: str) -> None:
        answer = self._send("DELETE", f"{self._settings.route}/{job}")
        if answer.status not in _GONE:
            raise ResidueLeft(f"{SYSTEM}: {self._settings.route}/{job} could not be removed: {answer.status}")

    def _send(self, method: str, route: str, content: bytes | None = None) -> Answer:
        asked = self._api.request(route, self._token)
        headers = {**asked.headers, **({"Content-Type": "application/json"} if content else {})}
        return self._api.http.ask(Request(asked.url, method, headers, content=content))


def filled(body: Any, values: Mapping[str, str]) -> Any:
    """The body with ``{name}`` in its texts filled in; a name without value stays."""
    if isinstance(body, Mapping):
        return {name: filled(value, values) for name, value in body.items()}
    if isinstance(body, str):
        for name, value in values.items():
            body = body.replace(f"{{{name}}}", value)
    return body


def _accepted(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
