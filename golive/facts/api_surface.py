"""The API's operations as they are documented, beside those that the gateway serves.

Which are served is asked without a token: a gateway refuses what it has, and does not know what it has not. So nothing
is read or changed by asking, and what unsafe methods name is nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from golive.clients.http import Answer, Request
from golive.errors import NoEvidence, NotDescribed, TooLittleData
from golive.facts.api import CONNECTIONS, SYSTEM, Api, all_answered
from golive.facts.openapi import READS, UNSAFE, Document
from golive.facts.release import confirm

ITEM = "documentation.api"
METHODS = ("get", "post", "put", "patch", "delete")
NO_METHOD = "GOLIVE"
"""A method that nobody serves: the control for those that are not."""
NOWHERE = "golive-no-such"
_NO_ROUTE = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


@dataclass(frozen=True)
class Surface:
    """Operations as ``GET /path/{parameter}``. ``tried``: how many were asked for."""

    documented: frozenset[str]
    served: frozenset[str]
    tried: int
    service: str = SYSTEM


class ApiSurface:
    """What the gateway serves of the API."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def compare(self, document: Document, release: str) -> Surface:
        """Every method on every path that the document has or the target names, asked for without a token.

        Raises NotDescribed where the target names no operation, NoEvidence where the gateway's refusals tell nothing of
        its routes, TooLittleData where it put calls off or failed, WrongVersion where another release answered.
        """
        settings = self._api.settings(ITEM)
        if not settings.operations:
            raise NotDescribed("api", f"api.operations is empty, and {ITEM} compares with it", hint="name them there")
        documented = frozenset(each.name for each in document.operations(READS | UNSAFE))
        paths = sorted({name.partition(" ")[2] for name in documented | settings.operations})
        asked = {f"{method.upper()} {path}": self._request(method, path) for path in paths for method in METHODS}
        controls = {
            "an unknown route": Request(self._api.url(self._api.target.gateway.unknown)),
            "an unknown method": Request(self._api.url(self._path("get", paths[0])), NO_METHOD),
        }
        answers = all_answered(self._api.http.ask_many({**asked, **controls}, connections=CONNECTIONS))
        confirm(SYSTEM, {version for each in answers.values() if (version := self._api.version(each))}, release)
        nowhere = answers["an unknown route"]
        _control({name: answers.pop(name) for name in controls}, nowhere)
        _raise_if_failed(answers)
        served = frozenset(name for name, answer in answers.items() if _serves(answer, nowhere))
        return Surface(documented, served, len(asked))

    def _request(self, method: str, path: str) -> Request:
        return Request(self._api.url(self._path(method, path)), method.upper(), {"Accept": "application/json"})

    def _path(self, method: str, path: str) -> str:
        """The path with values: those that the target allows to read, of unsafe methods some that are nowhere."""
        parameters = self._api.settings(ITEM).parameters
        for name in (piece.split("}")[0] for piece in path.split("{")[1:]):
            known = parameters.get(name) if method in READS else None
            path = path.replace(f"{{{name}}}", quote(known.allowed if known else f"{NOWHERE}-{name}", safe=""))
        return path


def _serves(answer: Answer, nowhere: Answer) -> bool:
    """Whether something is there: neither a method that it has not, nor the answer of a route that is not there."""
    if answer.status in _NO_ROUTE:
        return False
    return answer.status != HTTPStatus.NOT_FOUND or answer.json() != nowhere.json()


def _control(controls: Mapping[str, Answer], nowhere: Answer) -> None:
    for name, answer in controls.items():
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and _serves(answer, nowhere):
            raise _tells_nothing(name, answer.status)
    if nowhere.status != HTTPStatus.NOT_FOUND:
        raise _tells_nothing("an unknown route", nowhere.status)


def _tells_nothing(name: str, status: int) -> NoEvidence:
    words = f"without a token {name} is answered {status}, so what is served cannot be told from what is not"
    return NoEvidence(SYSTEM, words, hint="compare the document with the gateway's own configuration, and attest that")


def _raise_if_failed(answers: Mapping[str, Answer]) -> None:
    failed: Iterable[str] = [
        f"{name}: HTTP {answer.status}"
        for name, answer in answers.items()
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.status not in _NO_ROUTE
    ]
    if failed:
        shown = "; ".join(list(failed)[:3])
        raise TooLittleData(SYSTEM, f"some operations failed, so it is not known whether they are served: {shown}")
