"""What goes wrong in a browser while it is looked at, and what of a page can be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

MOST = 20
"""Of each kind that is kept; the rest says nothing new."""
LONGEST = 200
_GIVEN_UP = "net::ERR_ABORTED"
"""The page itself went on to another one meanwhile, or did not want the answer any more."""

SEEN = r"""
elements => {
  const shapes = "path,polyline,polygon,line,rect,circle,ellipse,canvas,img,text";
  const visible = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const inked = style => style.stroke !== "none" || style.fill !== "none";
  const painted = canvas => {
    if (!canvas.width || !canvas.height) return false;
    const blank = document.createElement("canvas");
    [blank.width, blank.height] = [canvas.width, canvas.height];
    try { return canvas.toDataURL() !== blank.toDataURL(); } catch { return true; }
  };
  const drawn = e => {
    const box = e.getBoundingClientRect();
    if (!(box.width || box.height) || !visible(e)) return false;
    if (e instanceof HTMLCanvasElement) return painted(e);
    if (e instanceof HTMLImageElement) return e.complete && e.naturalWidth > 0;
    if (e instanceof SVGTextContentElement) return e.textContent.trim() !== "";
    return e instanceof SVGGeometryElement && e.getTotalLength() > 0 && inked(getComputedStyle(e));
  };
  const says = e =>
    e instanceof HTMLElement && visible(e) && e.innerText.trim() !== "" && e.getClientRects().length > 0;
  return elements.filter(e => says(e) || drawn(e) || [...e.querySelectorAll(shapes)].some(drawn)).length;
}
"""
"""How many of the elements show something: text, or a drawing that is not empty."""


class Watch:
    """Listens from its construction on; its lists grow while Playwright is at work, without what is allowed."""

    def __init__(self, context: BrowserContext, allowed: Sequence[str]) -> None:
        self._allowed = [re.compile(pattern) for pattern in allowed]
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
        if message.type == "error" and not self._may_fail(message.location.get("url", "")):
            _keep(self.console_errors, message.text)

    def _uncaught(self, error: WebError) -> None:
        _keep(self.console_errors, f"uncaught {error.error.name}: {error.error.message}")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.pending[request] = request.url

    def _answered(self, response: Response) -> None:
        self.pending.pop(response.request, None)
        if response.status >= HTTPStatus.BAD_REQUEST and not self._may_fail(response.url):
            _keep(self.failed_requests, f"{response.status} {response.request.method} {place(response.url)}")

    def _failed(self, request: Request) -> None:
        self.pending.pop(request, None)
        why = request.failure or "failed"
        if why != _GIVEN_UP and not self._may_fail(request.url):
            _keep(self.failed_requests, f"{why} {request.method} {place(request.url)}")

    def _may_fail(self, url: str) -> bool:
        return any(pattern.search(url) for pattern in self._allowed)


def shown(page: Page, selector: str) -> int:
    """How many elements that match show something; 0 also while the page is on its way to another."""
    from playwright.sync_api import Error  # noqa: PLC0415 - an optional package

    try:
        return int(page.locator(selector).evaluate_all(SEEN))
    except Error as error:
        if any(words in str(error) for words in ("context was destroyed", "navigat", "detached")):
            return 0
        raise


def place(url: str) -> str:
    """The URL without query and fragment, which may hold codes and tokens."""
    return re.split(r"[?#]", url, maxsplit=1)[0][:LONGEST]


def _keep(where: list[str], text: str) -> None:
    text = re.sub(r"([?#])[^\s'\"]*", r"\1…", " ".join(text.split()))[:LONGEST]
    if len(where) < MOST and text not in where:
        where.append(text)
