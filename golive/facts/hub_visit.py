"""How a visit to the Web Hub goes, step by step: the page, the login form, back, widgets, movement."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urljoin

from pydantic import SecretStr

from golive.clients.address import origin
from golive.clients.browser import Window
from golive.clients.browser_watch import Watch, parts
from golive.clients.oidc import SYSTEM as IDENTITY
from golive.clients.words import clean, place
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.facts.hub_picture import photograph
from golive.facts.hub_route import Document, Route
from golive.facts.hub_shows import filled, lacking, lines, still
from golive.facts.identity import one_login
from golive.target import Target
from golive.target.hub import Hub as Settings
from golive.target.hub import Moving
from golive.waiting import Deadline

GRACE = 1.5
"""Seconds for what else goes wrong, once something did: the outcome is certain by then."""
_LOOK_MS = 100
_SETTLE_MS = 500
"""For what goes wrong just after everything looked right."""
_ICONS = """() => [...document.querySelectorAll('link[rel~="icon"]')].map(link => link.href)"""


@dataclass
class Seen:
    """What the visit saw; see HubVisit for the fields that it shows."""

    browser: str
    widgets: dict[str, int]
    lacks: dict[str, str] = field(default_factory=dict)
    login: str = "not begun"
    moving: str = "not looked at"
    usable_seconds: float | None = None
    failed_requests: tuple[str, ...] = ()
    console_errors: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    icons: tuple[str, ...] = ()
    document: Document | None = None
    picture: bytes | None = field(default=None, repr=False)
    picture_words: str = ""


class Visitor:
    """One customer at the hub, with one browser."""

    def __init__(self, target: Target, settings: Settings, url: str, account: tuple[str, SecretStr]) -> None:
        self._target, self._settings, self._url = target, settings, url
        self._username, self._password = account
        self._realm = target.identity.issuer.rstrip("/") + "/"
        self._began = 0.0

    def visit(self, window: Window) -> Seen:
        """Everything that was seen, whatever it was. Raises CredentialsRefused where the realm lets nobody in."""
        self._window = window
        self._page = window.context.new_page()
        asking = (self._url, self._target.gateway.url)
        self._watch = Watch(window.context, self._settings.allowed_failures, asking)
        self._wrong_since: float | None = None
        self._seen = Seen(window.version, dict.fromkeys(self._settings.widgets, 0))
        self._seen.lacks = {name: lacking(widget, ()) for name, widget in self._settings.widgets.items()}
        self._seen.moving = "not looked at" if self._settings.moving else "not declared"
        self._route = Route(self._page, self._url, self._realm)
        self._open()
        if self._log_in() and self._await_widgets():
            self._seen.usable_seconds = round(time.monotonic() - self._began, 2)
            self._settle()
            if self._settings.moving is not None:
                self._look_for_movement(self._settings.moving)
            self._widgets_filled()
        return self._ended()

    def _open(self) -> None:
        from playwright.sync_api import TimeoutError as Late

        self._began = time.monotonic()
        self._usable = Deadline("browser", "the hub", self._settings.usable)
        self._window.note(f"opening {self._url}")
        with contextlib.suppress(Late):  # told by what is still unanswered then
            self._page.goto(self._url, wait_until="commit", timeout=self._usable.remaining * 1000)

    def _log_in(self) -> bool:
        """Through the form of the realm; False where that did not come about."""
        field_ = self._settings.password_field
        self._window.note("waiting for the login form")
        asked = self._until(lambda: self._page.locator(field_).first.is_visible() or self._widgets_filled())
        if not asked:
            asked_for = "; before, ".join(("", *self._watch.asked_to_log_in[:1]))
            self._seen.login = self._given_up() or f"no login form at {place(self._page.url)}{asked_for}"
            return False
        if self._widgets_filled():
            self._seen.login = "not asked for: the widgets have data without it"
            return False
        foreign = self._foreign_form()
        if foreign:
            self._seen.login = f"the form would send the password to {foreign}, not to {self._realm}; nothing was typed"
            return False
        with one_login(self._target, self._settings.persona):
            self._submit()
            self._window.note("logging in")
            back = self._until(lambda: self._route.returned, also=self._refused)
        self._raise_if_refused()
        self._seen.login = "done" if back else self._given_up() or f"ended at {place(self._page.url)}"
        return back

    def _given_up(self) -> str:
        """In words, where the waiting ended because something had gone wrong before."""
        return "not waited for once the page had failed" if self._failed_for_good() else ""

    def _foreign_form(self) -> str:
        """The origin that the form belongs to or is sent to, where that is not the realm's; otherwise empty."""
        action = self._page.locator(self._settings.password_field).first.evaluate("e => e.form ? e.form.action : ''")
        wanted = origin(self._realm)
        for url in (self._page.url, urljoin(self._page.url, action)):
            if origin(url) != wanted:
                return origin(url)
        return ""

    def _submit(self) -> None:
        from playwright.sync_api import Error

        limit = self._target.limits.operation * 1000
        self._route.submitting()
        self._watch.logged_in = True
        try:
            self._page.fill(self._settings.username_field, self._username, timeout=limit)
            self._page.fill(self._settings.password_field, self._password.get_secret_value(), timeout=limit)
            self._page.click(self._settings.submit, timeout=limit, no_wait_after=True)
        except Error as error:
            kind = type(error).__name__
        else:
            return
        # Raised out here: Playwright's own error quotes what it typed, and must not hang on to this one.
        names = ", ".join((self._settings.username_field, self._settings.password_field, self._settings.submit))
        raise ProtocolBroken(
            IDENTITY, f"the login form could not be filled in ({kind})", hint=f"do these selectors fit it: {names}?"
        )

    def _refused(self) -> bool:
        """The realm asks for something again; pages that it merely shows are left to the time limit."""
        answered = self._route.asked_again and not self._watch.pending
        return answered and self._page.locator("form:visible").count() > 0

    def _raise_if_refused(self) -> None:
        if not self._refused():
            return
        complaint = self._page.locator("[id^=input-error], .alert-error, #kc-error-message, .kc-feedback-text")
        said = clean(" ".join(complaint.all_inner_texts()))
        raise CredentialsRefused(
            IDENTITY,
            f"persona {self._settings.persona} is not let in: {said or f'page {clean(self._page.title())!r}'}",
            hint="the realm's login events say why; a locked or unfinished account, or a second factor?",
        )

    def _await_widgets(self) -> bool:
        self._window.note("waiting for the widgets")
        loaded = partial(self._page.evaluate, "() => document.readyState === 'complete'")
        return self._until(lambda: self._widgets_filled() and loaded()) and not self._watch.wrong

    def _widgets_filled(self) -> bool:
        """Whether every widget shows its data now; what each shows, and lacks, is kept."""
        widgets = self._settings.widgets
        shown = {name: parts(self._page, widget.selector) for name, widget in widgets.items()}
        self._seen.widgets = {name: filled(widget, shown[name]) for name, widget in widgets.items()}
        lacks = {name: lacking(widget, shown[name]) for name, widget in widgets.items()}
        self._seen.lacks = {name: words for name, words in lacks.items() if words}
        self._window.note(f"widgets without data: {', '.join(self._seen.lacks) or 'none'}")
        return not self._seen.lacks

    def _settle(self) -> None:
        """What goes wrong just after everything looked right counts too."""
        self._window.note("looking whether it stays so")
        self._page.wait_for_timeout(_SETTLE_MS)

    def _look_for_movement(self, moving: Moving) -> None:
        """Whether new rows or prices come, beyond those that are there already, or that the first ones come with."""
        before: set[str] = set()

        def moved() -> bool:
            now = lines(moving, parts(self._page, moving.selector))
            known = before or now
            fresh = bool(now - known)
            before.update(known)
            return fresh

        self._window.note(f"watching {moving.selector} for movement")
        patience = Deadline("browser", "movement", self._target.limits.operation)
        live = self._until(moved, within=patience)
        self._seen.moving = "moves" if live else self._given_up() or still(moving, before)

    def _ended(self) -> Seen:
        seen, watch = self._seen, self._watch
        seen.document = self._route.document()
        self._window.note("taking the picture")
        seen.picture, seen.picture_words = photograph(
            self._page,
            self._settings,
            # Before anybody was logged in, nothing can name them.
            nameable=self._route.returned,
            usable=seen.usable_seconds is not None,
            seconds=self._target.limits.operation,
        )
        seen.failed_requests, seen.console_errors = tuple(watch.failed_requests), tuple(watch.console_errors)
        if self._route.round_trips:
            seen.login = f"goes round: the customer was sent to the login page {self._route.round_trips} times"
        seen.unanswered = tuple(watch.pending.values()) if seen.usable_seconds is None else ()
        if origin(self._page.url) == origin(self._url):
            icons = self._page.evaluate(_ICONS) or [urljoin(self._url, "/favicon.ico")]
            seen.icons = tuple(icon for icon in icons if origin(icon) == origin(self._url))
        return seen

    def _until(
        self, reached: Callable[[], bool], *, also: Callable[[], bool] = lambda: False, within: Deadline | None = None
    ) -> bool:
        """Whether that came about in time. Ends early, too, once the page has failed for good or ``also`` holds."""
        limit = within or self._usable
        while not reached():
            if limit.remaining <= 0 or self._failed_for_good() or also():
                return False
            self._page.wait_for_timeout(_LOOK_MS)
        return True

    def _failed_for_good(self) -> bool:
        if self._watch.wrong and self._wrong_since is None:
            self._wrong_since = time.monotonic()
        late = self._wrong_since is not None and time.monotonic() - self._wrong_since > GRACE
        return late or self._route.round_trips > 0
