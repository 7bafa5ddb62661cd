"""A picture of the Web Hub's page in which nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golive.clients.browser import first_line
from golive.target.hub import Hub as Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

_MASK = "#7d8a96"
_NAMED = """
elements => {
  const pictures = "img,svg,canvas";
  return elements.filter(e => e.textContent.trim() || e.matches(pictures) || e.querySelector(pictures)).length;
}
"""
"""How many of the elements have something that could name somebody."""


def photograph(
    page: Page, settings: Settings, *, nameable: bool, usable: bool, seconds: float
) -> tuple[bytes | None, str]:
    """The page as it is, as PNG, with whatever names or lets in the customer covered; or None, and why in words.

    ``nameable`` is whether somebody is logged in, whom a picture could name; a page that did not become ``usable`` may
    not name its customer yet.
    """
    from playwright.sync_api import Error

    covered = (*settings.identity, settings.username_field, settings.password_field, "input[type=password]")
    try:
        bare = _bare(page, settings, usable=usable) if nameable else ""
        if bare:
            return None, bare
        picture = page.screenshot(
            mask=[page.locator(selector) for selector in covered],
            mask_color=_MASK,
            animations="disabled",
            timeout=seconds * 1000,
        )
    except Error as error:
        return None, f"not taken: {first_line(error)}"
    return picture, ""


def _bare(page: Page, settings: Settings, *, usable: bool) -> str:
    """In words, what would show who the customer is in a picture of this page; empty where all can be covered."""
    for selector in settings.identity:
        found = page.locator(selector)
        if not (found.evaluate_all(_NAMED) if usable else found.count()):
            return f"not taken: {selector} of hub.identity covers nothing, so the picture could name the customer"
    return ""
