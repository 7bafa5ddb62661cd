"""The cluster's API as the lab speaks to it: JSON over HTTPS as its administrator, apart from golive's client."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from golive.errors import LabUnavailable
from golive.waiting import Deadline, wait_until

SECONDS: Final = 10.0
MERGE: Final = "application/merge-patch+json"


class ClusterApi:
    """One connection as one user; a context manager. Methods raise LabUnavailable with the server's words."""

    def __init__(self, url: str, ca_file: Path, cert_file: Path, key_file: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        context.load_cert_chain(cert_file, key_file)
        self._http = httpx.Client(base_url=url, verify=context, timeout=SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def text(self, path: str) -> str:
        """What a plain endpoint (``/readyz``) says, whatever its status. Raises httpx.HTTPError."""
        return self._http.get(path).text

    def get(self, path: str) -> dict[str, Any]:
        """One object, or a list."""
        return self._json("GET", path)

    def find(self, path: str) -> dict[str, Any] | None:
        """One object; None where there is none."""
        answer = self._send("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _accepted("GET", path, answer)

    def items(self, path: str) -> list[dict[str, Any]]:
        """The items of a list."""
        return list(self.get(path)["items"])

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an object."""
        return self._json("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Put an object in the place of what is there."""
        return self._json("PUT", path, body)

    def patch(self, path: str, body: Mapping[str, Any] | list[Any], kind: str = MERGE) -> dict[str, Any]:
        """Change an object, by a merge patch unless ``kind`` says otherwise."""
        return self._json("PATCH", path, body, kind)

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is no error."""
        answer = self._send("DELETE", path, {"propagationPolicy": "Background"})
        if answer.status_code != httpx.codes.NOT_FOUND:
            _accepted("DELETE", path, answer)

    def wait(self, name: str, probe: Callable[[], str], seconds: float = 30) -> None:
        """Return once ``probe`` says nothing any more; it says what is lacking. Raises TimedOut."""
        wait_until(lambda: (True, "") if not (words := probe()) else (None, words), Deadline("cluster", name, seconds))

    def _json(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> dict[str, Any]:
        return _accepted(method, path, self._send(method, path, body, kind))

    def _send(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> httpx.Response:
        try:
            return self._http.request(method, path, json=body, headers={"Content-Type": kind} if body else {})
        except httpx.HTTPError as error:
            raise LabUnavailable("cluster", f"{method} {path}: {error or type(error).__name__}") from error


def _accepted(method: str, path: str, answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise LabUnavailable("cluster", f"{method} {path}: HTTP {answer.status_code}, {answer.text[:500]}")
    content: dict[str, Any] = answer.json()
    return content
