"""A walk over the API as a table: what each customer was answered on every route, by operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from typing import Any

MOST_SHOWN = 60
"""Rows that stand open; the rest is folded away."""
REFUSED = "refused"
_HEAD = "<tr><th>as</th><th>CAISO customer</th><th>MISO customer</th><th>route</th></tr>"
Call = Mapping[str, Any]


def walked(fields: Mapping[str, Any]) -> str:
    """The table, operations and calls that were not refused first; empty without calls."""
    found = fields.get("calls")
    calls = [call for call in found if isinstance(call, dict)] if isinstance(found, list) else []
    if not calls:
        return ""
    wrong = [call for call in calls if not _good(call)]
    troubled = {_operation(call) for call in wrong}
    calls.sort(key=lambda call: (_operation(call) not in troubled, _operation(call), _good(call)))
    words = f"{len(calls)} calls as each customer, {len(calls) - len(wrong)} refused to the CAISO customer"
    words += f", {len(wrong)} NOT" if wrong else ""
    shown, rest = calls[:MOST_SHOWN], calls[MOST_SHOWN:]
    folded = f"<details><summary>{len(rest)} further calls</summary>{_table(rest)}</details>" if rest else ""
    return f"<figcaption>{escape(words)}</figcaption>{_table(shown)}{folded}"


def _table(calls: Iterable[Call]) -> str:
    groups = (
        f'<tr class="operation"><th colspan="4">{escape(operation)}</th></tr>{"".join(map(_row, group))}'
        for operation, group in groupby(calls, _operation)
    )
    return f'<div class="wide"><table class="figures walk">{_HEAD}{"".join(groups)}</table></div>'


def _row(call: Call) -> str:
    good = _good(call)
    sign, css = ("✓", "good") if good else ("✗", "bad")
    verdict = REFUSED if good else str(call.get("verdict", "no verdict"))
    return (
        f"<tr><td>{escape(str(call.get('variant', '')))}</td>"
        f'<td class="{css}">{escape(str(call.get("caiso", "")))} {sign} {escape(verdict)}</td>'
        f"<td>{escape(str(call.get('miso', '')))}</td><td>{escape(str(call.get('route', '')))}</td></tr>"
    )


def _good(call: Call) -> bool:
    return call.get("verdict") == REFUSED


def _operation(call: Call) -> str:
    return str(call.get("operation", ""))
