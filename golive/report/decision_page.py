"""``decision.html``: the page that people decide from. No script, a strict content security policy, prints on paper.

It stays below a megabyte whatever was found: messages and values are clipped, and evidence is left out from the
largest page on; the record and pytest-html's report hold all of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from golive.errors import Reason
from golive.evidence.record import EvidenceEntry
from golive.report.drawings import drawn, left_to_text
from golive.report.markdown import clipped
from golive.report.page import NOT_ASKED, Count, Line, Page

_HERE = Path(__file__).parent
MOST_BYTES = 1_000_000
_EVIDENCE_BYTES = 600_000
"""Of all evidence together, pictures included."""
_VALUE_WIDTH = 160
_TOGETHER = {
    Reason.NOT_IMPLEMENTED: "required items have no test yet",
    Reason.NOT_RUN: "required items were not run",
    NOT_ASKED: "required items were never looked at",
}
"""Blockers of which there is one thing to say, however many there are."""


def render(page: Page) -> str:
    """The page as HTML. Every text of it is escaped by the template's own rules."""
    style = "\n".join((_read("decision.css"), _drawn_rules(_read("report.css"))))
    budget = _Budget(_EVIDENCE_BYTES)
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        css=_css, role=_role, when=_when, clip=_clip, bar=_bar, age=partial(_age, page.made),
        evidence=budget.evidence,
    )  # fmt: skip
    template = environment.get_template("decision.html.j2")
    alone = [line for line in page.blockers if _said_together(line) is None]
    return template.render(
        page=page,
        style=Markup(style),  # noqa: S704 - our own files
        style_hash=_hash(style),
        shown_blockers=alone,
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
    reason = line.finding.reason if line.finding else NOT_ASKED
    return reason if reason in _TOGETHER else None


def _groups(blockers: Iterable[Line]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for line in blockers:
        reason = _said_together(line)
        if reason is not None:
            found.setdefault(reason, []).append(line.item.id)
    return [(_TOGETHER[reason], ids) for reason, ids in found.items()]


class _Budget:
    """How much evidence there is still room for."""

    def __init__(self, size: int) -> None:
        self._left = size

    def evidence(self, line: Line) -> Markup:
        """The evidence of one item as tables and pictures, or a word where the page has no room for it."""
        parts = "".join(_table(entry) + drawn(entry) for entry in line.evidence)
        if len(parts) > self._left:
            return Markup('<p class="soft">Too much evidence for this page: it is in the run\'s report.</p>')
        self._left -= len(parts)
        return Markup(parts)  # noqa: S704 - made of escaped texts by _table and drawn


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
    return name.replace("_", " ").title()


def _when(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


def _clip(text: str) -> str:
    return clipped(text, lines=6, width=400)


def _age(made: str, line: Line) -> str:
    """How long before the page the item was looked at."""
    if line.finding is None or not line.finding.started:
        return ""
    seconds = (datetime.fromisoformat(made) - datetime.fromisoformat(line.finding.started)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(0.0, seconds):.0f} s ago"
