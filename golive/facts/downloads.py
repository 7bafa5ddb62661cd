"""A file that the platform links to: at the gateway with the token, or anywhere else without it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urljoin

from pydantic import SecretStr

from golive.clients.address import same_origin
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer
from golive.facts.api import SYSTEM
from golive.target import Target

MOST_REDIRECTS = 3
_SENDS_ON = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}


class Downloads:
    """The files, fetched anew."""

    def __init__(self, target: Target) -> None:
        self._gateway = target.gateway.url.rstrip("/") + "/"
        self._own = HttpClient(SYSTEM, target.limits, target.ca_file)
        self._others = HttpClient("object_storage", target.limits, target.ca_file)

    def fetch(self, link: str, token: SecretStr) -> Answer:
        """The file, or what was answered in its place. The link may be relative to the gateway's address.

        The token is shown to the gateway's own origin alone, and no more once it has sent on to another one. After
        three redirects the next one is the answer.
        """
        url, trusted = urljoin(self._gateway, link), True
        for _ in range(MOST_REDIRECTS + 1):
            own = same_origin(url, self._gateway)
            trusted = trusted and own
            headers = bearer(token) if trusted else {}
            answer = (self._own if own else self._others).ask(Request(url, headers=headers))
            location = answer.headers.get("location", "")
            if answer.status not in _SENDS_ON or not location:
                break
            url = urljoin(url, location)
        return answer
