"""One face of every keeper of change records: what one record says, as far as it decides whether to deploy."""

from __future__ import annotations

from collections.abc import Callable
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
class ChangeRecord:
    """One record. ``state`` in the keeper's own words; ``open`` while it is neither closed nor cancelled."""

    number: str
    state: str
    open: bool
    approval: str
    releases: tuple[str, ...]
    start: datetime | None
    end: datetime | None


class ChangeRecords(Protocol):
    """Raises CannotEstablish where the keeper does not give the record."""

    def record(self) -> ChangeRecord:
        """The target's record as it is now."""


def change_records(target: Target, item: str) -> ChangeRecords:
    """The target's keeper. Raises NotDescribed where it has none."""
    settings = required(target.change, "change", item)
    return ServiceNow(target, settings) if settings.kind == "servicenow" else Jira(target, settings)


class _Keeper:
    """What both have in common: one request with the target's credential."""

    def __init__(self, target: Target, settings: Change) -> None:
        self.settings = settings
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def _asked(self, path: str, params: dict[str, str]) -> Answer:
        headers = {"Accept": "application/json", **self._credential()}
        return self._http.ask(Request(self.settings.url.rstrip("/") + path, headers=headers, params=params))

    def _credential(self) -> dict[str, str]:
        value = secret(SYSTEM, "token of the change records", self.settings.token)
        if self.settings.user is None:
            return bearer(SecretStr(value))
        return basic(self.settings.user, value)

    def _refused(self, answer: Answer) -> CannotEstablish:
        number = self.settings.number
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            hint = "may the suite's user read change records, and is its token still valid?"
            return CredentialsRefused(SYSTEM, f"{number}: HTTP {answer.status} to the suite's credential", hint=hint)
        if answer.status == HTTPStatus.NOT_FOUND:
            return self._unseen()
        return ProtocolBroken(SYSTEM, f"{number}: HTTP {answer.status}", hint="does change.url point to its API?")

    def _unseen(self) -> CannotEstablish:
        hint = "is change.number right? A record that the suite's user may not see looks the same"
        return NoEvidence(SYSTEM, f"there is no record {self.settings.number} to be seen", hint=hint)


class ServiceNow(_Keeper):
    """The Table API, asked for values and not for what they are displayed as, so that times are UTC."""

    def record(self) -> ChangeRecord:
        """The record of that number."""
        settings = self.settings
        fields = ("number", "state", "active", settings.approval, settings.release, settings.start, settings.end)
        params = {
            "sysparm_query": f"number={settings.number}",
            "sysparm_fields": ",".join(dict.fromkeys(fields)),
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_limit": "2",
        }
        answer = self._asked("/api/now/table/change_request", params)
        if answer.status != HTTPStatus.OK:
            raise self._refused(answer)
        found = _parsed("ServiceNow's Table API", lambda: list(answer.json()["result"]))
        if not found:
            raise self._unseen()
        return _parsed("ServiceNow's Table API", lambda: self._record(found[0]))

    def _record(self, row: dict[str, Any]) -> ChangeRecord:
        settings = self.settings
        start, end = (_utc(row[name]) for name in (settings.start, settings.end))
        opened = str(row["active"]).lower() == "true"
        return ChangeRecord(
            row["number"],
            str(row["state"]),
            opened,
            str(row[settings.approval]),
            _names(row[settings.release]),
            start,
            end,
        )


class Jira(_Keeper):
    """The REST API in version 2, which Cloud and Data Center both have."""

    def record(self) -> ChangeRecord:
        """The issue of that key."""
        settings = self.settings
        fields = ("status", settings.approval, settings.release, settings.start, settings.end)
        answer = self._asked(f"/rest/api/2/issue/{settings.number}", {"fields": ",".join(dict.fromkeys(fields))})
        if answer.status != HTTPStatus.OK:
            raise self._refused(answer)
        return _parsed("Jira's REST API", lambda: self._record(answer.json()))

    def _record(self, issue: dict[str, Any]) -> ChangeRecord:
        settings, fields = self.settings, issue["fields"]
        start, end = (_iso(fields[name]) for name in (settings.start, settings.end))
        status = fields["status"]
        opened = status["statusCategory"]["key"] != "done"
        (approval,) = _names(fields[settings.approval]) or ("",)
        return ChangeRecord(
            issue["key"], status["name"], opened, approval, _names(fields[settings.release]), start, end
        )


def _names(value: Any) -> tuple[str, ...]:
    """What a field names: text, an object with a name or a value, or a list of these."""
    if not value:
        return ()
    if isinstance(value, list):
        return tuple(name for each in value for name in _names(each))
    if isinstance(value, dict):
        return _names(value.get("name") or value.get("value"))
    return (str(value),)


def _utc(text: str) -> datetime | None:
    """A time as ServiceNow keeps it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if text else None


def _iso(text: str | None) -> datetime | None:
    """A time as Jira writes it, which always has an offset; a date alone is refused, since it names no hour."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no moment; a field of type date and time is needed")
    return moment


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        hint = "are the fields of [change] those of the record, and may the suite's user read each?"
        raise ProtocolBroken(SYSTEM, f"not in the form of {what}: {error!r}", hint=hint) from error
