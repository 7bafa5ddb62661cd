"""Pages in Markdown, served as HTML; a heading that ends with ``{#name}`` is a part of that name."""

from __future__ import annotations

import html
import re
from http import HTTPStatus
from pathlib import Path

from markdown_it import MarkdownIt
from starlette.responses import HTMLResponse, Response

from golive_lab.standins.base import LABEL

_ANCHOR = re.compile(r"<h(\d)>(.*?) \{#([\w-]+)\}</h\1>")


def rendered(file: Path, *, renamed: str = "") -> str:
    """The file as HTML; its parts are called ``renamed`` where that is given."""
    body = MarkdownIt().render(file.read_text(encoding="utf-8"))
    name = renamed or r"\3"
    return _ANCHOR.sub(rf'<h\1 id="{name}">\2</h\1>', body)


def page(title: str, body: str, status: int = HTTPStatus.OK) -> Response:
    """A whole page, which says what it comes from."""
    text = f"<!doctype html><html lang=en><title>{html.escape(title)}</title><body>{body}</body></html>"
    return HTMLResponse(text, status, LABEL)


def not_found() -> Response:
    """The page that stands where there is none."""
    return page("Not found", "<p>There is no such page.</p>", HTTPStatus.NOT_FOUND)


def sign_in() -> Response:
    """A form to sign in, with status 200."""
    return page("Sign in", "<form><input name=user><input name=password type=password></form>")
