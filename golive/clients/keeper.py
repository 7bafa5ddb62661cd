"""One face of ServiceNow and Jira: what either keeps under a number, with the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import basic, bearer, secret
from golive.errors import CannotEstablish, CredentialsRefused, NoEvidence, ProtocolBroken
from golive.target import Target
from golive.target.change import Change
from golive.target.needed import required

T = TypeVar("T")
SYSTEM = "change"


@dataclass(frozen=True)
class Held:
    """One record. ``state`` in the keeper's own words; ``open`` while it is neither closed nor cancelled."""

    number: str
    state: str
    open: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """Where a record is: ServiceNow asks for table and number, Jira has one kind of issue for all."""

    table: str
    number: str


class Keeper(Protocol):
    """Raises CannotEstablish where it does not give the record."""

    def read(self, reference: Reference, fields: Iterable[str], made: Callable[[Held], T]) -> T:
        """What ``made`` makes of the record."""

    def moment(self, value: Any) -> datetime | None:
        """A field's time; None where it is empty."""


def keeper(target: Target, item: str) -> Keeper:
    """The target's. Raises NotDescribed where it has none."""
    settings = required(target.change, "change", item)
    return ServiceNow(target, settings) if settings.kind == "servicenow" else Jira(target, settings)


class _Asking:
    """What both have in common: one request with the target's credential."""

    def __init__(self, target: Target, settings: Change) -> None:
        self.settings = settings
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def _asked(self, path: str, params: dict[str, str], number: str) -> Answer:
        headers = {"Accept": "application/json", **self._credential()}
        url = self.settings.url.rstrip("/") + path
        answer = self._http.ask(Request(url, headers=headers, params=params))
        if answer.status != HTTPStatus.OK:
            raise _refused(answer, number)
        return answer

    def _credential(self) -> dict[str, str]:
        value = secret(SYSTEM, "token of the change records", self.settings.token)
        if self.settings.user is None:
            return bearer(SecretStr(value))
        return basic(self.settings.user, value)


class ServiceNow(_Asking):
    """The Table API, asked for values and not for what they are displayed as, so that times are UTC."""

    def read(self, reference: Reference, fields: Iterable[str], made: Callable[[Held], T]) -> T:
        """Of the record of that number in the table."""
        params = {
            "sysparm_query": f"number={reference.number}",
            "sysparm_fields": ",".join(dict.fromkeys(("number", "state", "active", *fields))),
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_limit": "2",
        }
        answer = self._asked(f"/api/now/table/{reference.table}", params, reference.number)
        found = _parsed("ServiceNow's Table API", lambda: list(answer.json()["result"]))
        if not found:
            raise _unseen(reference.number)
        return _parsed("ServiceNow's Table API", lambda: made(_row(found[0])))

    def moment(self, value: Any) -> datetime | None:
        """A time as ServiceNow keeps it."""
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if value else None


class Jira(_Asking):
    """The REST API in version 2, which Cloud and Data Center both have."""

    def read(self, reference: Reference, fields: Iterable[str], made: Callable[[Held], T]) -> T:
        """Of the issue of that key."""
        asked = ",".join(dict.fromkeys(("status", *fields)))
        answer = self._asked(f"/rest/api/2/issue/{reference.number}", {"fields": asked}, reference.number)
        return _parsed("Jira's REST API", lambda: made(_issue(answer.json())))

    def moment(self, value: Any) -> datetime | None:
        """A time as Jira writes it, which always has an offset; a date alone is refused, since it names no hour."""
        if not value:
            return None
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(f"{value!r} names no moment; a field of type date and time is needed")
        return moment


def names(value: Any) -> tuple[str, ...]:
    """What a field names: text, an object with a name or a value, or a list of these."""
    if not value:
        return ()
    if isinstance(value, list):
        return tuple(name for each in value for name in names(each))
    if isinstance(value, dict):
        return names(value.get("name") or value.get("value"))
    return (str(value),)


def _row(row: dict[str, Any]) -> Held:
    return Held(row["number"], str(row["state"]), str(row["active"]).lower() == "true", row)


def _issue(issue: dict[str, Any]) -> Held:
    status = issue["fields"]["status"]
    return Held(issue["key"], status["name"], status["statusCategory"]["key"] != "done", issue["fields"])


def _refused(answer: Answer, number: str) -> CannotEstablish:
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        hint = "may the suite's user read change records, and is its token still valid?"
        return CredentialsRefused(SYSTEM, f"{number}: HTTP {answer.status} to the suite's credential", hint=hint)
    if answer.status == HTTPStatus.NOT_FOUND:
        return _unseen(number)
    return ProtocolBroken(SYSTEM, f"{number}: HTTP {answer.status}", hint="does change.url point to its API?")


def _unseen(number: str) -> CannotEstablish:
    hint = "is its number in the target right? A record that the suite's user may not see looks the same"
    return NoEvidence(SYSTEM, f"there is no record {number} to be seen", hint=hint)


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        hint = "are the fields that the target names those of the record, and may the suite's user read each?"
        raise ProtocolBroken(SYSTEM, f"not in the form of {what}: {error!r}", hint=hint) from error
