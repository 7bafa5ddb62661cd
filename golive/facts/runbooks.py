"""The runbook of every alert rule: whether there is one, and whether its page is what it should be."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from golive.clients.http import HttpClient
from golive.clients.prometheus import AlertRule, PrometheusClient
from golive.clients.secret import bearer, secret
from golive.clients.words import place
from golive.errors import CannotEstablish, TooLittleData
from golive.facts.web_pages import Fetched, Found, find, part_missing, wrong
from golive.target import Target
from golive.target.alerts import Alerts
from golive.target.needed import required

ITEM, SYSTEM = "documentation.runbooks", "runbooks"
RESOLVES = "resolves"
_URL = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True)
class Runbook:
    """One rule's. ``state`` is ``resolves``, or says what is wrong with its page."""

    alert: str
    group: str
    url: str
    state: str
    service: str = SYSTEM


class Runbooks:
    """The runbooks of all alert rules that Prometheus has loaded."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def pages(self) -> tuple[Runbook, ...]:
        """Each rule's runbook as it is found now.

        Raises NotDescribed without [alerts] or [metrics], TooLittleData where Prometheus has no alert rule at all, and
        what kept every page from being asked for where none of their servers answered.
        """
        settings = required(self.target.alerts, "alerts", ITEM)
        rules = PrometheusClient(self.target, ITEM).alert_rules()
        if not rules:
            raise TooLittleData(
                "metrics", "Prometheus has no alert rule", hint="are its rule_files those of the release?"
            )
        urls = {rule: rule.annotations.get(settings.runbook, "").strip() for rule in rules}
        found = find(self._http, filter(_URL.fullmatch, urls.values()), self._headers(settings))
        errors = [answer for answer in found.values() if isinstance(answer, CannotEstablish)]
        if errors and len(errors) == len(found):
            raise errors[0]
        return tuple(
            Runbook(rule.name, rule.group, place(url), _state(rule, url, found, settings)) for rule, url in urls.items()
        )

    def _headers(self, settings: Alerts) -> dict[str, str]:
        if settings.token is None:
            return {}
        return bearer(SecretStr(secret(SYSTEM, "token of the runbooks", settings.token)))


def _state(rule: AlertRule, url: str, found: Mapping[str, Found], settings: Alerts) -> str:
    if url not in found:
        return f"no address in {settings.runbook}" if url else f"no {settings.runbook}"
    page = found[url]
    if not isinstance(page, Fetched) or wrong(page):
        return wrong(page)
    wanted = settings.page_says.format(alert=rule.name)
    if wanted not in html.unescape(page.answer.text):
        return f"does not say {wanted!r}"
    return part_missing(url, page) or RESOLVES
