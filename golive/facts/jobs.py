"""Jobs of the platform: asked for under the suite's own mark, looked at until they are done, and removed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from pydantic import SecretStr

from golive.clients.address import same_origin
from golive.clients.http import Answer, Request
from golive.errors import ProtocolBroken, ResidueLeft
from golive.facts.api import SYSTEM, Api
from golive.facts.naming import named
from golive.facts.rows import at, rows_at
from golive.facts.told import told
from golive.residue import RunId
from golive.target import Target
from golive.target.functional import Job as Settings
from golive.waiting import Deadline, wait_until

_GONE = {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True)
class Job:
    """A job that was asked for, as it was last seen.

    ``state`` is the platform's word, ``asking answered NNN``, or ``answered 404`` of one that never was there.
    """

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
        job, version = self._id(answer), self._api.version(answer)
        if not job:
            yield Job(job, answer.status, f"asking answered {told(answer)}", 0.0, version, {})
            return
        try:
            state, last = self._watch(job)
            yield Job(job, answer.status, state, round(time.monotonic() - began, 1), version, last)
        finally:
            self._remove(job)

    def ask(self, body: Mapping[str, Any]) -> Answer:
        """The answer to a request for a job."""
        return self._post(self._marked(body))

    def refused(self, body: Mapping[str, Any], fields: Iterable[str]) -> tuple[int, frozenset[str]]:
        """What a request that makes no sense is answered: its status, and which of the fields it names by itself.

        A job that it makes all the same is removed.
        """
        sent = self._marked(body)
        answer = self._post(sent)
        if job := self._id(answer):
            self._remove(job)
        return answer.status, named(answer, sent, self._settings.route, fields)

    def look(self, job: str) -> Answer:
        """What this persona is answered of a job, whoever asked for it."""
        return self._send("GET", self._place(job))

    def sweep(self) -> list[str]:
        """Remove jobs that dead or expired runs left; names of what went."""
        route, settings = self._settings.route, self._settings
        answer = self._send("GET", route)
        content = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(at(content, settings.list), list):
            raise ProtocolBroken(
                SYSTEM,
                f"{route} answered {told(answer)}; expected 200 and the list of jobs at {settings.list}",
                hint="the jobs service's log; route and list of the job in the target",
            )
        dead = []
        for row in rows_at(content, settings.list):
            owner, job = RunId.owner_of(str(row.get(settings.label, ""))), row.get(settings.id)
            if owner is not None and owner.may_be_removed() and job:
                self._remove(str(job))
                dead.append(f"{route}/{job}")
        return dead

    def _marked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        marked: dict[str, Any] = filled(body, {"label": f"{self._run.prefix}/{secrets.token_hex(4)}"})
        return marked

    def _post(self, body: Mapping[str, Any]) -> Answer:
        return self._send("POST", self._settings.route, json.dumps(body).encode())

    def _id(self, answer: Answer) -> str:
        """Of the job that an answer took: in its body, or the last part of its Location. Empty where it took none."""
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return ""
        path = urlsplit(answer.headers.get("location", "")).path
        return str(at(answer.json(), self._settings.id) or unquote(path.rstrip("/").rpartition("/")[2]))

    def _watch(self, job: str) -> tuple[str, Mapping[str, Any]]:
        """State and content of the job once it is over, or as it is when its time is: one that is stuck is a fact."""
        deadline = Deadline(SYSTEM, f"job {job}", self._settings.seconds)

        def look() -> tuple[tuple[str, Mapping[str, Any]] | None, str]:
            state, content = self._seen(self._place(job))
            over = state in {self._settings.done, self._settings.failed} or deadline.remaining <= 0
            return ((state, content) if over else None), state

        return wait_until(look, deadline, interval=0.2)

    def _seen(self, place: str) -> tuple[str, Mapping[str, Any]]:
        """State and content of the job now: 404 is not there yet, 202 at work, 303 done and to be seen elsewhere."""
        answer = self._send("GET", place)
        if answer.status == HTTPStatus.NOT_FOUND:
            return "answered 404", {}
        if answer.status == HTTPStatus.SEE_OTHER:
            content = self._elsewhere(place, answer)
            return str(at(content, self._settings.state) or self._settings.done), content
        content = answer.json()
        if answer.status == HTTPStatus.ACCEPTED:
            content = content if isinstance(content, dict) else {}
            return str(at(content, self._settings.state) or "answered 202"), content
        return str(at(self._expected(answer), self._settings.state)), content

    def _elsewhere(self, place: str, answer: Answer) -> dict[str, Any]:
        """The job where a 303 says that it is: at the gateway too, and one step away."""
        base = self._api.request(place, self._token).url
        there = urljoin(base, answer.headers.get("location", ""))
        if not answer.headers.get("location") or not same_origin(there, base):
            raise ProtocolBroken(
                SYSTEM, f"{self._settings.route}/… answered 303 to another origin, or to none; expected the gateway's"
            )
        return self._expected(self._api.http.ask(replace(self._api.request(place, self._token), url=there)))

    def _expected(self, answer: Answer) -> dict[str, Any]:
        content = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(content, dict):
            raise ProtocolBroken(SYSTEM, f"{self._settings.route}/… answered {told(answer)}; expected 200 and the job")
        return content

    def _place(self, job: str) -> str:
        return f"{self._settings.route}/{quote(job, safe=':@!$+,;=')}"

    def _remove(self, job: str) -> None:
        answer = self._send("DELETE", self._place(job))
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
    if isinstance(body, list):
        return [filled(value, values) for value in body]
    if isinstance(body, str):
        for name, value in values.items():
            body = body.replace(f"{{{name}}}", value)
    return body
