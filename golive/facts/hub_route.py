"""Where a customer's browser goes between the Web Hub and the realm's login pages."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golive.clients.address import below, origin

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Response

MOST_TRIPS = 4
"""Times that the page may send its customer to log in."""


@dataclass(frozen=True)
class Document:
    """The page's own answer."""

    status: int
    headers: dict[str, str] = field(repr=False)
    elapsed_ms: int
    tls: str


class Route:
    """Follows a page's main frame from its construction on."""

    def __init__(self, page: Page, hub: str, realm: str) -> None:
        """``hub`` is the page's URL, ``realm`` what those of the login pages begin with."""
        self._page, self._hub, self._realm = page, hub, realm
        self._began = time.monotonic()
        self._trips = self._pages_of_realm = self._pages_before = 0
        self._submitted = False
        self._first_ms = 0
        self._document: Response | None = None
        self.returned = False
        """The hub's page was answered after the login form had been sent."""
        page.on("response", self._answered)
        page.on("request", self._asked)

    def submitting(self) -> None:
        """Said just before the login form is sent."""
        self._pages_before, self._submitted = self._pages_of_realm, True

    @property
    def asked_again(self) -> bool:
        """The realm answered the form with a page of its own, and the customer never came back to the hub."""
        return self._submitted and self._pages_of_realm > self._pages_before and not self.returned

    @property
    def round_trips(self) -> int:
        """How often the customer was sent to the realm, where that is too often; otherwise 0."""
        return self._trips if self._trips > MOST_TRIPS else 0

    def document(self) -> Document | None:
        """What the hub's own page was answered with, the latest where there were several."""
        if self._document is None:
            return None
        secured = self._document.security_details()
        tls = str(secured.get("protocol", "")) if secured else ""
        return Document(self._document.status, self._document.headers, self._first_ms, tls)

    def _asked(self, request: Request) -> None:
        trip = self._navigates(request) and request.method == "GET" and below(request.url, self._realm)
        self._trips += trip

    def _answered(self, response: Response) -> None:
        if not self._navigates(response.request):
            return
        if below(response.url, self._realm):
            self._pages_of_realm += "location" not in response.headers
        elif origin(response.url) == origin(self._hub):
            if self._document is None:
                self._first_ms = round((time.monotonic() - self._began) * 1000)
            self._document, self.returned = response, self._submitted

    def _navigates(self, request: Request) -> bool:
        return request.is_navigation_request() and request.frame == self._page.main_frame
