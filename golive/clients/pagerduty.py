"""PagerDuty's REST API by its official client, within a deadline: by itself it waits for ever where it is put off.

The client's own errors are never told on: one of them ends with the last letters of the key.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from golive.clients import tls
from golive.clients.deadlines import client_deadline, within
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TimedOut, Unreachable
from golive.target import Target
from golive.target.needed import required

if TYPE_CHECKING:
    import pagerduty

T = TypeVar("T")
SYSTEM = "pagerduty"


@dataclass(frozen=True)
class OnCall:
    """Somebody's time on call at one level. Without a start or an end it has always been, or ends never."""

    level: int
    user: str
    start: datetime | None
    end: datetime | None
    schedule: str = ""
    """Id of the schedule that says so; empty where the policy names the person."""


@dataclass(frozen=True)
class Notice:
    """How a user is told of what is urgent: by which kind of contact method, and after how many minutes."""

    by: str
    after_minutes: int


@dataclass(frozen=True)
class ServiceOf:
    """A service: its status, the id of its escalation policy, and the keys of its integrations."""

    status: str
    policy: str
    keys: tuple[str, ...] = field(repr=False)


class PagerDutyClient:
    """Asks with the target's key. All methods raise the typed errors of clients."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [pagerduty], which ``item`` looks at."""
        self.settings = required(target.pagerduty, "pagerduty", item)
        self._target = target

    def levels(self, policy: str) -> tuple[int, ...]:
        """How many users or schedules each level of the escalation policy names, the first level first."""
        found = self._asked(f"escalation policy {policy}", lambda api: api.rget(f"/escalation_policies/{policy}"))
        return _parsed(
            "an escalation policy", lambda: tuple(len(rule["targets"]) for rule in found["escalation_rules"])
        )

    def on_calls(self, policy: str, since: datetime, until: datetime) -> tuple[OnCall, ...]:
        """Everybody's time on call for that policy that touches the time between, all pages of it."""
        words = {"escalation_policy_ids[]": policy, "since": since.isoformat(), "until": until.isoformat()}
        found = self._asked("on-calls", lambda api: api.list_all("oncalls", params=words))
        return _parsed("on-calls", lambda: tuple(map(_on_call, found)))

    def on_duty(self, schedules: Iterable[str], since: datetime, until: datetime) -> tuple[OnCall, ...]:
        """As ``on_calls``, by these schedules, of whatever policy: who is on two levels is there twice."""
        words = {"schedule_ids[]": sorted(schedules), "since": since.isoformat(), "until": until.isoformat()}
        found = self._asked("on-calls", lambda api: api.list_all("oncalls", params=words))
        return _parsed("on-calls", lambda: tuple(map(_on_call, found)))

    def notices(self, user: str) -> tuple[Notice, ...]:
        """How that user is told of what is urgent."""
        words = {"include[]": ["contact_methods", "notification_rules"]}
        found = self._asked(f"user {user}", lambda api: api.rget(f"/users/{user}", params=words))
        return _parsed("a user", lambda: tuple(_notices(found)))

    def service(self, name: str) -> ServiceOf:
        """The service of that id."""
        words = {"include[]": "integrations"}
        found = self._asked(f"service {name}", lambda api: api.rget(f"/services/{name}", params=words))
        return _parsed("a service", lambda: _service(found))

    def in_maintenance(self, service: str) -> bool:
        """Whether a maintenance window of that service is open now."""
        words = {"service_ids[]": service, "filter": "ongoing"}
        return bool(self._asked("maintenance windows", lambda api: api.list_all("maintenance_windows", params=words)))

    def incident(self, service: str, key: str) -> str:
        """The status of the service's incident of that key: ``triggered`` and so on; empty where there is none."""
        words = {"service_ids[]": service, "incident_key": key}
        found = self._asked("incidents", lambda api: api.list_all("incidents", params=words))
        return _parsed("incidents", lambda: str(found[0]["status"]) if found else "")

    def incident_named(self, service: str, name: str) -> str:
        """The status of the service's newest incident whose title names that; empty where there is none."""
        words = {"service_ids[]": service, "sort_by": "created_at:desc"}
        found = self._asked("incidents", lambda api: api.list_all("incidents", params=words))
        return _parsed("incidents", lambda: next((str(e["status"]) for e in found if name in str(e["title"])), ""))

    def _asked(self, what: str, ask: Callable[[pagerduty.RestApiV2Client], T]) -> T:
        """What the client gives, within the target's limit for one operation for all of its requests together."""
        state = State()
        api = self._api(state)  # and its library, ahead of the deadline
        deadline = client_deadline(SYSTEM, what, self._target.limits.operation)
        return within(deadline, lambda: typed(api.url, what, lambda: ask(api)), state=state.words, abandon=api.close)

    def _api(self, state: State) -> pagerduty.RestApiV2Client:
        import httpx2
        import pagerduty

        limits = self._target.limits
        api = pagerduty.RestApiV2Client(
            secret(SYSTEM, "key of PagerDuty's API", self.settings.token),
            base_url=self.settings.url.rstrip("/"),
            verify=tls.context(SYSTEM, self._target.ca_file),
            trust_env=False,
            event_hooks={"response": [state.saw]},
        )
        api.timeout = httpx2.Timeout(limits.operation, connect=limits.connect)  # type: ignore[assignment] # passed on
        api.max_network_attempts = 0
        return api


class State:
    """The last answer's status, which a client that waits to be let on does not tell."""

    def __init__(self) -> None:
        self._status = 0

    def saw(self, response: Any) -> None:
        """A hook of the client for each answer."""
        self._status = response.status_code

    def words(self) -> str:
        """How far it came."""
        put_off = self._status == HTTPStatus.TOO_MANY_REQUESTS
        return "put off with HTTP 429, its limit on requests" if put_off else "no complete answer"


def typed(url: str, what: str, ask: Callable[[], T]) -> T:
    """What ``ask`` gives; the client's own errors become golive's."""
    import pagerduty

    try:
        return ask()
    except pagerduty.Error as error:
        place = urlsplit(url).netloc
        if error.response is None:
            raise _not_reached(place, error.__cause__) from error
        raise _refused(what, error.response.status_code) from error


def _not_reached(place: str, error: BaseException | None) -> CannotEstablish:
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return TimedOut(SYSTEM, f"{place} did not answer in time ({type(error).__name__})", hint="is it reachable?")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return tls.failed(SYSTEM, place, cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.NetworkError):
        return Unreachable(SYSTEM, f"{place}: {error or type(error).__name__}", hint="may this host reach PagerDuty?")
    return ProtocolBroken(SYSTEM, f"{place}: {error or 'no answer that the client understands'}")


def _refused(what: str, status: int) -> CannotEstablish:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        hint = "is pagerduty.token a key of this account and region, and may it read?"
        return CredentialsRefused(SYSTEM, f"{what}: HTTP {status} to the suite's key", hint=hint)
    hint = "are the ids of [pagerduty] those of this account?" if status == HTTPStatus.NOT_FOUND else ""
    return ProtocolBroken(SYSTEM, f"{what}: HTTP {status}", hint=hint)


def _on_call(entry: Mapping[str, Any]) -> OnCall:
    start, end = (datetime.fromisoformat(entry[name]) if entry[name] else None for name in ("start", "end"))
    schedule = entry.get("schedule") or {}
    return OnCall(int(entry["escalation_level"]), str(entry["user"]["id"]), start, end, str(schedule.get("id", "")))


def _service(found: Any) -> ServiceOf:
    keys = tuple(each["integration_key"] for each in found["integrations"] if each.get("integration_key"))
    return ServiceOf(str(found["status"]), str(found["escalation_policy"]["id"]), keys)


def _notices(user: Mapping[str, Any]) -> list[Notice]:
    kinds = {method["id"]: method["type"].removesuffix("_reference") for method in user["contact_methods"]}
    return [
        Notice(kinds[rule["contact_method"]["id"]], int(rule["start_delay_in_minutes"]))
        for rule in user["notification_rules"]
        if rule["urgency"] == "high" and rule["contact_method"]["id"] in kinds
    ]


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolBroken(SYSTEM, f"{what}: not in the form of PagerDuty's API: {error!r}") from error
