"""What goes wrong in a browser while it is looked at, and what of a page can be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from golive.clients.address import origin
from golive.clients.words import clean, place

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

MOST = 20
"""Of each kind that is kept; the rest says nothing new."""
_LOGIN_NEEDED = re.compile(r"^Failed to load resource: .*\b401\b")
_GIVEN_UP = "net::ERR_ABORTED"
"""The page itself went on to another one meanwhile, or did not want the answer any more."""

_PARTS = r"""
(elements, smallest) => {
  const shapes = "path,polyline,polygon,line,rect,circle,ellipse,canvas,img";
  const visible = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const colour = paint => !/^(none|transparent|rgba\(.*, 0\))$/.test(paint);
  const inked = style => colour(style.stroke) && parseFloat(style.strokeWidth) > 0 || colour(style.fill);
  const painted = canvas => {
    if (!canvas.width || !canvas.height) return false;
    const blank = document.createElement("canvas");
    [blank.width, blank.height] = [canvas.width, canvas.height];
    try { return canvas.toDataURL() !== blank.toDataURL(); } catch { return true; }
  };
  const drawn = e => {
    const box = e.getBoundingClientRect();
    if (box.width < smallest || box.height < smallest || !visible(e)) return false;
    if (e instanceof HTMLCanvasElement) return painted(e);
    if (e instanceof HTMLImageElement) return e.complete && e.naturalWidth > 0;
    return e instanceof SVGGeometryElement && e.getTotalLength() > 0 && inked(getComputedStyle(e));
  };
  const text = e => e.getClientRects().length && visible(e) ? (e.innerText ?? e.textContent) : "";
  return elements.map(e => [text(e), drawn(e) || [...e.querySelectorAll(shapes)].some(drawn)]);
}
"""
SMALLEST_DRAWING = 8
"""CSS pixels, in each direction. An axis has less in one of them: its line none, the ticks at its ends 6."""


@dataclass(frozen=True)
class Part:
    """An element of the page: the text that can be seen of it, on one line, and whether a drawing can be."""

    text: str
    drawn: bool


class Watch:
    """Listens from its construction on; its lists grow while Playwright is at work, without what is allowed.

    Until the customer has ``logged_in``, a 401 of the places that ask for it is no failure: so pages learn that they
    have to send their customer to log in.
    """

    def __init__(self, context: BrowserContext, allowed: Sequence[str], asking: Sequence[str]) -> None:
        """``asking`` has URLs of the servers that may answer 401 until the customer has logged in."""
        self._allowed = [re.compile(pattern) for pattern in allowed]
        self._asking = {origin(url) for url in asking}
        self.logged_in = False
        self.asked_to_log_in: list[str] = []
        """What was answered 401 before."""
        self.console_errors: list[str] = []
        self.failed_requests: list[str] = []
        self.pending: dict[Request, str] = {}
        """Documents of the main frame that were asked for and not answered yet, with their URLs."""
        context.on("console", self._console)
        context.on("weberror", self._uncaught)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    @property
    def wrong(self) -> bool:
        """Whether anything went wrong so far."""
        return bool(self.console_errors or self.failed_requests)

    def _console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type != "error" or self._may_fail(url):
            return
        if not (_LOGIN_NEEDED.search(message.text) and self._may_ask(url)):
            _keep(self.console_errors, message.text)

    def _uncaught(self, error: WebError) -> None:
        _keep(self.console_errors, f"uncaught {error.error.name}: {error.error.message}")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.pending[request] = request.url

    def _answered(self, response: Response) -> None:
        self.pending.pop(response.request, None)
        if response.status < HTTPStatus.BAD_REQUEST or self._may_fail(response.url):
            return
        asks = response.status == HTTPStatus.UNAUTHORIZED and self._may_ask(response.url)
        where = self.asked_to_log_in if asks else self.failed_requests
        _keep(where, f"{response.status} {response.request.method} {place(response.url)}")

    def _failed(self, request: Request) -> None:
        self.pending.pop(request, None)
        why = request.failure or "failed"
        if why != _GIVEN_UP and not self._may_fail(request.url):
            _keep(self.failed_requests, f"{why} {request.method} {place(request.url)}")

    def _may_ask(self, url: str) -> bool:
        return not self.logged_in and origin(url) in self._asking

    def _may_fail(self, url: str) -> bool:
        return any(pattern.search(url) for pattern in self._allowed)


def parts(page: Page, selector: str) -> list[Part]:
    """What the elements that match show; none also while the page is on its way to another."""
    from playwright.sync_api import Error

    try:
        found = page.locator(selector).evaluate_all(_PARTS, SMALLEST_DRAWING)
    except Error as error:
        if any(words in str(error) for words in ("context was destroyed", "navigat", "detached")):
            return []
        raise
    return [Part(" ".join(text.split()), drawn) for text, drawn in found]


def _keep(where: list[str], text: str) -> None:
    text = clean(text)
    if len(where) < MOST and text not in where:
        where.append(text)
