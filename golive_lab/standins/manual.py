"""The documentation for customers: a few pages in Markdown beside this file, each with the release that it is of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import Response

from golive_lab.images import EARLIER_RELEASE
from golive_lab.standins.base import StandIn
from golive_lab.standins.markdown import not_found, page, rendered

FOLDER: Final = Path(__file__).parent / "manual_pages"
ROOT: Final = "/documentation"
FAULTS: Final = {
    "manual_page_gone": "the page about exports is not there, to which others link",
    "manual_link_dead": "one page links to one that never was",
    "manual_part_renamed": "the parts of the page about the API are called otherwise",
    "manual_old": "the whole site is of the release before",
    "manual_one_page_old": "one page is of the release before",
}


class Manual:
    """The site as it is now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._faulty, self._release = stand.faulty, stand.settings.release

    def page(self, name: str) -> Response:
        """One page."""
        file = FOLDER / f"{name}.md"
        if not file.is_file() or (name == "exports" and self._faulty("manual_page_gone")):
            return not_found()
        renamed = "another" if name == "api" and self._faulty("manual_part_renamed") else ""
        further = '<p><a href="glossary">Glossary</a></p>' if name == "hub" and self._faulty("manual_link_dead") else ""
        old = self._faulty("manual_old") or (name == "hub" and self._faulty("manual_one_page_old"))
        footer = f"<footer>Release {EARLIER_RELEASE if old else self._release}</footer>"
        return page(name, f"{rendered(file, renamed=renamed)}{further}{footer}")
