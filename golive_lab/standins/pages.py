"""The team's own pages, a runbook for each of the lab's alerts, and the documentation for customers beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from golive_lab.standins import manual
from golive_lab.standins.base import LABEL, StandIn
from golive_lab.standins.markdown import not_found, page, rendered, sign_in

FOLDER: Final = Path(__file__).parent / "runbooks"
FAULTS: Final = {
    "one_gone": "one runbook's page is not there any more",
    "sign_in": "each page is a form to sign in, with status 200",
    "moved_away": "each page leads to another host",
    "part_renamed": "one page no longer has the part that its address names",
    **manual.FAULTS,
}
GONE: Final = "ContainerRestarted"


class Pages:
    """The pages as they are now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._faulty, self._manual = stand.faulty, manual.Manual(stand)

    async def runbook(self, request: Request) -> Response:
        """One runbook."""
        name = request.path_params["name"]
        file = FOLDER / f"{name}.md"
        if away := self._away(name):
            return away
        if not file.is_file() or (name == GONE and self._faulty("one_gone")):
            return not_found()
        return page(name, rendered(file, renamed="another" if self._faulty("part_renamed") else ""))

    async def of_manual(self, request: Request) -> Response:
        """One page of the documentation."""
        name = request.path_params["name"]
        return self._away(name) or self._manual.page(name)

    def _away(self, name: str) -> Response | None:
        """What stands in place of every page."""
        if self._faulty("moved_away"):
            return RedirectResponse(f"https://wiki.example.test/{name}", headers=LABEL)
        return sign_in() if self._faulty("sign_in") else None


def routes(stand: StandIn) -> list[Route]:
    """The pages; nobody needs a token."""
    pages = Pages(stand)
    return [Route("/runbooks/{name:str}", pages.runbook), Route(f"{manual.ROOT}/{{name:str}}", pages.of_manual)]
