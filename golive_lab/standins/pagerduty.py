"""PagerDuty's REST and Events APIs, version 2, as far as golive asks for them; here: who is on call, and how reached.

Two levels: shifts of eight hours between three people at the first, and one schedule of weeks at the second.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.standins import pagerduty_paging
from golive_lab.standins.base import Answer, StandIn, hours, iso, page, shown_as
from golive_lab.standins.people import FIRST, SECOND

FAULTS: Final = {
    "hour_uncovered": "nine days from now nobody is on call at the second level for an hour",
    "first_level_ends": "the first level's schedule ends in three days",
    "second_level_empty": "the second level's schedule has nobody in it",
    "one_level": "the policy has one level",
    "second_level_by_mail_only": "who is on call at the second level is told by e-mail only",
    "second_level_told_late": "who is on call at the second level is told after an hour only",
    "second_level_without_person": "the second level's rule names a schedule that is gone",
    "second_level_leaves_early": "in an hour nobody is on call at the second level for an hour",
    "policy_gone": "there is no such policy",
    **pagerduty_paging.FAULTS,
}
POLICY: Final = "PLABESC"
MOST: Final = 25
_SHIFT, _WEEK = 8, 168


class PagerDuty:
    """What the account has, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._stand = stand

    def policy(self, request: Request) -> Answer:
        """One escalation policy."""
        if self._stand.faulty("policy_gone") or request.path_params["id"] != POLICY:
            return _absent()
        rules = [_rule(1, ["PSCHED1"]), _rule(2, ["PSCHED2"])]
        if self._stand.faulty("one_level"):
            rules = rules[:1]
        if self._stand.faulty("second_level_without_person"):
            rules[1]["targets"] = []
        policy = _thing("escalation_policy", POLICY, "Market Intelligence")
        return HTTPStatus.OK, {"escalation_policy": {**policy, "escalation_rules": rules, "num_loops": 2}}

    def on_calls(self, request: Request) -> Answer:
        """Everybody's time on call that touches the time asked for, by pages."""
        query = request.query_params
        policies, schedules = query.getlist("escalation_policy_ids[]"), query.getlist("schedule_ids[]")
        since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
        every = [*self._first(since, until), *self._second(since, until)]
        if policies not in ([], [POLICY]):
            every = []
        if schedules:
            every = [each for each in every if each["schedule"]["id"] in schedules]
        part, more = page(every, query, MOST)
        return HTTPStatus.OK, {"oncalls": part, "limit": MOST, "offset": int(query.get("offset", 0)), "more": more}

    def user(self, request: Request) -> Answer:
        """One user, with contact methods and notification rules."""
        name = request.path_params["id"]
        if name not in FIRST + SECOND:
            return _absent()
        kinds = ["email_contact_method", "phone_contact_method", "push_notification_contact_method"]
        delay = 0
        if name in SECOND and self._stand.faulty("second_level_by_mail_only"):
            kinds = kinds[:1]
        if name in SECOND and self._stand.faulty("second_level_told_late"):
            delay = 60
        methods = [_thing(kind, f"{name}-{kind[:5]}", kind) for kind in kinds]
        rules = [
            {
                **_thing("assignment_notification_rule", f"{name}-R{number}", "rule"),
                "start_delay_in_minutes": 0 if "email" in method["type"] else delay,
                "urgency": "high",
                "contact_method": {"id": method["id"], "type": f"{method['type']}_reference"},
            }
            for number, method in enumerate(methods)
        ]
        user = {**_thing("user", name, f"Stand-in {name}"), "contact_methods": methods, "notification_rules": rules}
        return HTTPStatus.OK, {"user": user}

    def _first(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        ends = min(until, since + hours(72)) if self._stand.faulty("first_level_ends") else until
        begin = since.replace(hour=since.hour // _SHIFT * _SHIFT, minute=0, second=0, microsecond=0)
        found = []
        while begin < ends:
            person = FIRST[(begin.toordinal() + begin.hour // _SHIFT) % len(FIRST)]
            found.append(_on_call(1, "PSCHED1", person, begin, begin + hours(_SHIFT)))
            begin += hours(_SHIFT)
        return found

    def _second(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        nobody = ("second_level_empty", "second_level_without_person", "one_level")
        if any(map(self._stand.faulty, nobody)):
            return []
        early = self._stand.faulty("second_level_leaves_early")
        if early or self._stand.faulty("hour_uncovered"):
            gap = since + hours(1) if early else since.replace(minute=0, second=0, microsecond=0) + hours(9 * 24)
            return [
                _on_call(2, "PSCHED2", SECOND[0], since - hours(_WEEK), gap),
                _on_call(2, "PSCHED2", SECOND[1], gap + hours(1), until + hours(_WEEK)),
            ]
        middle = since + (until - since) / 2
        return [
            _on_call(2, "PSCHED2", SECOND[0], since - hours(_WEEK), middle),
            _on_call(2, "PSCHED2", SECOND[1], middle, until + hours(_WEEK)),
        ]


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    account, shown = PagerDuty(stand), shown_as("Token token=")
    return [
        stand.guarded("/escalation_policies/{id}", shown, account.policy),
        stand.guarded("/oncalls", shown, account.on_calls),
        stand.guarded("/users/{id}", shown, account.user),
        *pagerduty_paging.routes(stand, POLICY),
    ]


def _on_call(level: int, schedule: str, person: str, start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "escalation_policy": _thing("escalation_policy_reference", POLICY, "Market Intelligence"),
        "escalation_level": level,
        "schedule": _thing("schedule_reference", schedule, schedule),
        "user": _thing("user_reference", person, f"Stand-in {person}"),
        "start": iso(start),
        "end": iso(end),
    }


def _rule(level: int, schedules: list[str]) -> dict[str, Any]:
    targets = [_thing("schedule_reference", name, name) for name in schedules]
    return {"id": f"PRULE0{level}", "escalation_delay_in_minutes": 15, "targets": targets}


def _thing(kind: str, name: str, summary: str) -> dict[str, Any]:
    return {"id": name, "type": kind, "summary": summary, "self": None, "html_url": None}


def _absent() -> Answer:
    return HTTPStatus.NOT_FOUND, {"error": {"message": "Not Found", "code": 2100}}
