"""Vault's key-value engine of version 2: the metadata of the lab's secrets, as a rotation job would have left them."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.standins.base import Answer, StandIn, hours, now

FAULTS: Final = {
    "old": "one secret was made years ago",
    "same_value": "one secret was made anew with the value that it had",
    "other_value": "one secret is another than the one in use",
    "undeclared": "there is a secret that nobody declared",
    "missing": "one secret is not there",
    "just_now": "one secret was made a moment ago, after its consumers were started",
    "unnoted": "a rotation noted nothing of the secret before",
}
KEY: Final = "fingerprint-key"
PATH: Final = "/v1/secret/metadata/market-intelligence"


class Engine:
    """The secrets as they are now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._stand, self._faulty = stand, stand.faulty
        self._names = sorted(set(stand.settings.secrets) - {"token", KEY})

    def listed(self, _: Request) -> Answer:
        """Names, less and more by fault."""
        names = [name for name in self._names if not (self._faulty("missing") and name == self._names[0])]
        return HTTPStatus.OK, {"data": {"keys": [*names, *(["legacy-ftp"] if self._faulty("undeclared") else [])]}}

    def told(self, request: Request) -> Answer:
        """Of one secret: its second version, and what the job noted."""
        name = request.path_params["name"]
        if name not in self._names:
            return HTTPStatus.NOT_FOUND, {"errors": []}
        first = name == self._names[0]
        made = self._made(name, first=first)
        times = {"1": made - hours(24 * 80), "2": made}
        versions = {number: {"created_time": _nanoseconds(time), "deletion_time": "", "destroyed": False}
                    for number, time in times.items()}  # fmt: skip
        return HTTPStatus.OK, {
            "data": {"current_version": 2, "versions": versions, "custom_metadata": self._notes(name, first=first)}
        }

    def _made(self, name: str, *, first: bool) -> datetime.datetime:
        if first and self._faulty("old"):
            return now() - hours(24 * 1000)
        if first and self._faulty("just_now"):
            return now()
        # The lab's secrets are made with it; a rotation would have made them an hour before its servers started.
        made = self._stand.settings.secrets[name].stat().st_mtime
        return datetime.datetime.fromtimestamp(made, datetime.UTC) - hours(1)

    def _notes(self, name: str, *, first: bool) -> dict[str, str]:
        current = self._fingerprint(self._stand.secret(name))
        before = self._fingerprint(f"what {name} was before")
        if first and self._faulty("other_value"):
            current = self._fingerprint("another one")
        if first and self._faulty("same_value"):
            before = current
        if first and self._faulty("unnoted"):
            return {"fingerprint": current}
        return {"fingerprint": current, "previous_fingerprint": before}

    def _fingerprint(self, value: str) -> str:
        return hmac.new(self._stand.secret(KEY).encode(), value.encode(), hashlib.sha256).hexdigest()


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    engine = Engine(stand)
    return [
        stand.guarded(PATH, _token, engine.listed),
        stand.guarded(f"{PATH}/{{name}}", _token, engine.told),
    ]


def _token(request: Request) -> str:
    return request.headers.get("x-vault-token", "")


def _nanoseconds(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
