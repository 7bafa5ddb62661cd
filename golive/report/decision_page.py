"""``decision.html``: the page that people decide from. No script, a strict content security policy, prints on paper.

It stays below a megabyte whatever was found: messages and values are clipped, and once there is no more room for them
they are left out, as is evidence; the record and pytest-html's report hold all of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from golive.errors import Reason
from golive.evidence.record import EvidenceEntry
from golive.evidence.roles import in_words
from golive.report.drawings import drawn, left_to_text
from golive.report.markdown import clipped
from golive.report.page import NOT_ASKED, Count, Line, Page
from golive.report.words import seen

_HERE = Path(__file__).parent
MOST_BYTES = 1_000_000
_ROOM_BYTES = 450_000
"""For all messages and evidence together, pictures included, in the page's order: what blocks comes first."""
_LEFT_OUT = "… (no room on this page: see the run's report)"
_VALUE_WIDTH = 160
_TOGETHER = {
    Reason.NOT_IMPLEMENTED: "Required items that have no test yet",
    Reason.NOT_RUN: "Required items that were not run",
    NOT_ASKED: "Required items that were never looked at",
}
"""Blockers of which there is one thing to say, however many there are."""


def render(page: Page) -> str:
    """The page as HTML. Every text of it is escaped by the template's own rules."""
    style = "\n".join((_read("decision.css"), _drawn_rules(_read("report.css"))))
    room = _Room(_ROOM_BYTES)
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        css=_css, role=_role, when=_when, clip=room.clip, seen=seen, bar=_bar, age=partial(_age, page.made),
        evidence=room.evidence,
    )  # fmt: skip
    template = environment.get_template("decision.html.j2")
    alone = [line for line in page.blockers if _said_together(line) is None]
    return template.render(
        page=page,
        style=Markup(style),  # noqa: S704 - our own files
        style_hash=_hash(style),
        shown_blockers=_alike(alone),
        together=_groups(page.blockers),
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _drawn_rules(css: str) -> str:
    """The rules of the pictures, which both pages share."""
    return "\n".join(line for line in css.splitlines() if line.startswith((".drawn", ".figures")))


def _hash(style: str) -> str:
    """The style's source expression (https://www.w3.org/TR/CSP3/#source-list-syntax)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


def _said_together(line: Line) -> str | None:
    """The reason by which a blocker stands among others; one whose test ran has words of its own."""
    if line.finding is None:
        return NOT_ASKED
    return line.finding.reason if line.finding.reason in _TOGETHER and not line.finding.nodeid else None


def _alike(blockers: Iterable[Line]) -> list[list[Line]]:
    """Blockers of which exactly the same was found stand together, where the first of them stands."""
    found: dict[tuple[str, ...], list[Line]] = {}
    for line in blockers:
        finding = line.finding
        said = (finding.outcome, finding.reason or "", finding.message, finding.hint) if finding else ()
        found.setdefault(said if finding and finding.message else (line.item.id,), []).append(line)
    return list(found.values())


def _groups(blockers: Iterable[Line]) -> list[tuple[str, int, dict[str, list[str]], list[str]]]:
    """Of each reason that is said once: the words, how many items, these by owner, and what to do next."""
    found: dict[str, list[Line]] = {}
    for line in blockers:
        reason = _said_together(line)
        if reason is not None:
            found.setdefault(reason, []).append(line)
    return [(_TOGETHER[reason], len(lines), _by_owner(lines), _hints(lines)) for reason, lines in found.items()]


def _by_owner(lines: Iterable[Line]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.item.owner, []).append(line.item.id)
    return found


def _hints(lines: Iterable[Line]) -> list[str]:
    return list(dict.fromkeys(line.finding.hint for line in lines if line.finding and line.finding.hint))


class _Room:
    """How much there is still room for, in bytes."""

    def __init__(self, size: int) -> None:
        self._left = size

    def clip(self, text: str) -> str:
        """The first lines of a text, or a word where the page has no room for them."""
        kept = clipped(text, lines=6, width=400)
        return kept if self._takes(escape(kept)) else _LEFT_OUT

    def evidence(self, line: Line) -> Markup:
        """The evidence of one item as tables and pictures, or a word where the page has no room for it."""
        parts = "".join(_table(entry) + drawn(entry) for entry in line.evidence)
        if not self._takes(parts):
            return Markup('<p class="soft">Too much evidence for this page: it is in the run\'s report.</p>')
        return Markup(parts)  # noqa: S704 - made of escaped texts by _table and drawn

    def _takes(self, parts: str) -> bool:
        size = len(parts.encode())
        if size > self._left:
            return False
        self._left -= size
        return True


def _table(entry: EvidenceEntry) -> str:
    rows = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td></tr>").format(name, _value(value))
        for name, value in left_to_text(entry).items()
    )
    return Markup("<table><caption>{}</caption>{}</table>").format(entry.subject, rows)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _VALUE_WIDTH else f"{text[:_VALUE_WIDTH]} …"


def _bar(count: Count) -> Markup:
    place, parts = 0, []
    for word, number in reversed(list(count.outcomes.items())):
        parts.append(Markup('<rect class="{}" x="{}" width="{}" height="1"/>').format(_css(word), place, number))
        place += number
    return Markup('<svg viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>').format(
        place, Markup("").join(parts)
    )


def _css(word: str) -> str:
    return word.lower().replace(" ", "-")


def _role(name: str) -> str:
    return in_words(name).title()


def _when(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


def _age(made: str, line: Line) -> str:
    """How long before the page the item was looked at."""
    if line.finding is None or not line.finding.started:
        return ""
    seconds = (datetime.fromisoformat(made) - datetime.fromisoformat(line.finding.started)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(0.0, seconds):.0f} s ago"
