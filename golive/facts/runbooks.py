"""The runbook of every alert rule: whether there is one, and whether its page is what it should be."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urldefrag, urljoin

from pydantic import SecretStr

from golive.clients.address import origin, same_origin
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.prometheus import AlertRule, PrometheusClient
from golive.clients.secret import bearer, secret
from golive.clients.words import place
from golive.errors import CannotEstablish, Reason, TooLittleData
from golive.target import Target
from golive.target.alerts import Alerts
from golive.target.needed import required

ITEM, SYSTEM = "documentation.runbooks", "runbooks"
RESOLVES = "resolves"
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_WORDS = {Reason.TIMEOUT: "late", Reason.UNREACHABLE: "refused", Reason.TLS: "TLS failed", Reason.PROTOCOL: "garbled"}
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
        found = {url: self._found(url, settings) for url in sorted(set(urls.values())) if _URL.fullmatch(url)}
        errors = [answer for answer in found.values() if isinstance(answer, CannotEstablish)]
        if errors and len(errors) == len(found):
            raise errors[0]
        return tuple(
            Runbook(rule.name, rule.group, place(url), _state(rule, url, found, settings)) for rule, url in urls.items()
        )

    def _found(self, url: str, settings: Alerts) -> Answer | str | CannotEstablish:
        """The page, by a few redirects on its own host; in words where they lead elsewhere."""
        headers = {}
        if settings.token is not None:
            headers = bearer(SecretStr(secret(SYSTEM, "token of the runbooks", settings.token)))
        at = urldefrag(url).url
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = self._http.ask(Request(at, headers=headers))
            except CannotEstablish as error:
                return error
            if answer.status not in _REDIRECTS:
                return answer
            onward = urljoin(at, answer.headers.get("location", ""))
            if not same_origin(onward, at):
                return f"leads to another host, {origin(onward) or 'which is no address'}"
            at = onward
        return f"leads on more than {MOST_REDIRECTS} times"


def _state(rule: AlertRule, url: str, found: Mapping[str, Answer | str | CannotEstablish], settings: Alerts) -> str:
    if url not in found:
        return f"no address in {settings.runbook}" if url else f"no {settings.runbook}"
    answer = found[url]
    if isinstance(answer, CannotEstablish):
        return _WORDS.get(answer.reason, str(answer.reason))
    if isinstance(answer, str):
        return answer
    if answer.status != HTTPStatus.OK:
        return f"HTTP {answer.status}"
    wanted = settings.page_says.format(alert=rule.name)
    if wanted not in html.unescape(answer.text):
        return f"does not say {wanted!r}"
    anchor = unquote(urldefrag(url).fragment)
    if anchor and not re.search(rf"""\b(id|name)=["']?{re.escape(anchor)}["'\s>]""", answer.text):
        return f"has no part #{anchor}"
    return RESOLVES
