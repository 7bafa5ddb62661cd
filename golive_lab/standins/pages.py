"""The team's own pages: a runbook for each of the lab's alerts, in Markdown beside this file, served as HTML."""

from __future__ import annotations

import html
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from golive_lab.standins.base import LABEL, StandIn

FOLDER: Final = Path(__file__).parent / "runbooks"
FAULTS: Final = {
    "one_gone": "one runbook's page is not there any more",
    "sign_in": "each page is a form to sign in, with status 200",
    "moved_away": "each page leads to another host",
    "part_renamed": "one page no longer has the part that its address names",
}
GONE: Final = "ContainerRestarted"
_ANCHOR = re.compile(r"<h(\d)>(.*?) \{#([\w-]+)\}</h\1>")


class Pages:
    """The pages as they are now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._faulty = stand.faulty

    async def runbook(self, request: Request) -> Response:
        """One runbook."""
        name = request.path_params["name"]
        if self._faulty("moved_away"):
            return RedirectResponse(f"https://wiki.example.test/{name}", headers=LABEL)
        if self._faulty("sign_in"):
            return _page("Sign in", "<form><input name=user><input name=password type=password></form>")
        file = FOLDER / f"{name}.md"
        if not file.is_file() or (name == GONE and self._faulty("one_gone")):
            return _page("Not found", "<p>There is no such page.</p>", HTTPStatus.NOT_FOUND)
        anchor = "another" if self._faulty("part_renamed") else r"\3"
        body = MarkdownIt().render(file.read_text(encoding="utf-8"))
        return _page(name, _ANCHOR.sub(rf'<h\1 id="{anchor}">\2</h\1>', body))


def routes(stand: StandIn) -> list[Route]:
    """The pages; nobody needs a token."""
    return [Route("/runbooks/{name:str}", Pages(stand).runbook)]


def _page(title: str, body: str, status: int = HTTPStatus.OK) -> Response:
    text = f"<!doctype html><html lang=en><title>{html.escape(title)}</title><body>{body}</body></html>"
    return HTMLResponse(text, status, LABEL)
