"""The Web Hub as a customer meets it: in a real browser, through the login page, until its widgets have data."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from pydantic import SecretStr

from golive.clients.address import below, origin
from golive.clients.browser import Look, browse
from golive.clients.deadlines import client_deadline
from golive.clients.http import HttpClient, Request
from golive.clients.oidc import SYSTEM as IDENTITY
from golive.clients.pins import verified_pin
from golive.clients.secret import secret
from golive.clients.words import place
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TimedOut
from golive.facts.gateway import SYSTEM as GATEWAY
from golive.facts.gateway import GatewayAnswer
from golive.facts.hub_route import Document
from golive.facts.hub_visit import Seen, Visitor
from golive.target import Target
from golive.target.needed import required

ITEM = "functional.web_hub"
_SHARE = 0.95
"""Of the item's own deadline, which a visit may take in all."""


@dataclass(frozen=True)
class Picture:
    """A screenshot in the run's folder, which the report shows. ``sha256`` is that of the PNG file."""

    file: str
    sha256: str


@dataclass(frozen=True)
class HubVisit:
    """One visit. ``usable_seconds`` counts from opening the page to every widget having data; None if that never came.

    ``widgets`` has the number of elements that show data for each widget, ``lacks`` what is missing in words; ``login``
    is ``done`` or says how far it came; ``moving`` is ``moves``, ``not declared``, ``not looked at`` or says how the
    page stood still; ``picture`` is ``taken`` or says why not.
    """

    persona: str
    browser: str
    login: str
    widgets: dict[str, int]
    lacks: dict[str, str]
    moving: str
    usable_seconds: float | None
    failed_requests: tuple[str, ...]
    console_errors: tuple[str, ...]
    picture: str
    page: GatewayAnswer = field(repr=False)
    pictures: tuple[Picture, ...] = field(repr=False)

    @property
    def empty(self) -> tuple[str, ...]:
        """The widgets that lack data."""
        return tuple(sorted(self.lacks))

    @property
    def words(self) -> str:
        """What a customer would not like, a line each."""
        lines = [] if self.login == "done" else [f"login: {self.login}"]
        lines += (
            [f"no data in: {'; '.join(f'{name} ({self.lacks[name]})' for name in self.empty)}"] if self.empty else []
        )
        lines += [f"not live: the moving part {self.moving}"] if self.moving.startswith("stands still") else []
        lines += [f"request: {each}" for each in self.failed_requests]
        lines += [f"console: {each}" for each in self.console_errors]
        lines += [f"picture: {self.picture}"] if self.picture != "taken" else []
        late = "not usable in time" if self.usable_seconds is None else f"usable after {self.usable_seconds} s"
        return "\n".join(lines) or late


class Hub:
    """Visits the hub, each time with a fresh browser. Raises NotDescribed where the target has no table for it."""

    def __init__(self, target: Target, pictures: Path) -> None:
        self.settings = required(target.hub, "hub", ITEM)
        self._target, self._pictures = target, pictures
        self.url = urljoin(self.settings.url, self.settings.path)

    def visit(self) -> HubVisit:
        """One customer's visit, from an empty profile to every widget.

        Raises Unreachable, TimedOut or TlsFailed for a hub or Keycloak that does not answer, LabUnavailable without
        a browser, CredentialsRefused where the realm does not take what the target knows.
        """
        whole = client_deadline("browser", "the visit to the Web Hub", self._target.limits.item * _SHARE)
        visitor = Visitor(self._target, self.settings, self.url, self._account())
        seen = browse(Look(self._verified()), whole, visitor.visit)
        if not (seen.failed_requests or seen.console_errors):
            self._raise_if_mute(seen)
        return HubVisit(
            persona=self.settings.persona,
            browser=seen.browser,
            login=seen.login,
            widgets=seen.widgets,
            lacks=seen.lacks,
            moving=seen.moving,
            usable_seconds=seen.usable_seconds,
            failed_requests=(*seen.failed_requests, *self._icon_failures(seen.icons)),
            console_errors=seen.console_errors,
            picture=seen.picture_words or "taken",
            page=self._answer(seen.document),
            pictures=self._keep(seen.picture),
        )

    def version(self, document: Document) -> str:
        """The release that the hub says it is; empty where it says none."""
        place_, route = self.settings.version or self._target.gateway.version, self.settings.version_route
        if route is None:
            return document.headers.get((place_.header or "").lower(), "")
        http = HttpClient(GATEWAY, self._target.limits, self._target.ca_file)
        return http.ask(Request(urljoin(self.settings.url, route))).value(place_)

    def _account(self) -> tuple[str, SecretStr]:
        persona = self._target.identity.personas.by_name()[self.settings.persona]
        if persona.username is None:
            raise CredentialsRefused(
                IDENTITY,
                f"persona {self.settings.persona} has no user name, and a browser logs in with one",
                hint="it needs flow authorization_code; or name another one in hub.persona",
            )
        whose = f"password of {self.settings.persona}"
        return persona.username, SecretStr(secret(IDENTITY, whose, persona.password))

    def _verified(self) -> tuple[str, ...]:
        """Hub and Keycloak are there and prove to be who they are; their keys, where the target has its own CA."""
        ca_file, seconds = self._target.ca_file, self._target.limits.connect
        places = [(GATEWAY, self.url), (IDENTITY, self._target.identity.issuer)]
        if origin(self._target.gateway.url) != origin(self.url):
            places.append((GATEWAY, self._target.gateway.url))  # where such a page's data comes from
        pins = [verified_pin(system, url, ca_file, seconds) for system, url in places]
        return tuple(filter(None, pins)) if ca_file else ()

    def _raise_if_mute(self, seen: Seen) -> None:
        for url in seen.unanswered:
            system = IDENTITY if below(url, self._target.identity.issuer) else GATEWAY
            words = f"GET {place(url)} got no answer until the page should have been usable"
            raise TimedOut(system, words, hint="frozen or overloaded? Or does something on the way drop packets?")

    def _icon_failures(self, icons: tuple[str, ...]) -> tuple[str, ...]:
        """Browsers fetch the page's icon apart from the page, and do not say how it went."""
        http = HttpClient(GATEWAY, self._target.limits, self._target.ca_file)
        allowed = [re.compile(pattern) for pattern in self.settings.allowed_failures]
        asked = {url: Request(url) for url in icons if not any(pattern.search(url) for pattern in allowed)}
        answers = http.ask_all(asked)
        failed = []
        for url, answer in answers.items():
            if isinstance(answer, CannotEstablish):
                failed.append(f"{answer.message} (icon)")
            elif answer.status >= HTTPStatus.BAD_REQUEST:
                failed.append(f"{answer.status} GET {place(url)} (icon)")
        return tuple(failed)

    def _answer(self, document: Document | None) -> GatewayAnswer:
        if document is None:
            raise ProtocolBroken(
                GATEWAY,
                f"{self.url} led to no page of its own before the login page",
                hint="hub.url and hub.path must be where the page itself stands",
            )
        version = self.version(document)[:60]
        return GatewayAnswer(
            "hub page", self.settings.path, document.status, version, document.elapsed_ms, document.tls
        )

    def _keep(self, picture: bytes | None) -> tuple[Picture, ...]:
        if picture is None:
            return ()
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / "web_hub.png"
        path.write_bytes(picture)
        return (Picture(f"{self._pictures.name}/{path.name}", hashlib.sha256(picture).hexdigest()),)
