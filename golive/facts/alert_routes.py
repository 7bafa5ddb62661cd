"""Which receivers an alert of certain labels comes to, by Alertmanager's tree of routes. Pure.

As the documentation of its configuration says: a route takes what matches all of its matchers; its children are tried
in turn, the first that takes it ends that, unless it says ``continue``; what no child takes is the route's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Route = Mapping[str, Any]
_MATCHER = re.compile(r"""^\s*"?([^\s=!~"]+)"?\s*(=~|!~|!=|=)\s*(.*?)\s*$""", re.DOTALL)
_SEPARATOR = re.compile(r""",\s*(?=(?:[^"]*"[^"]*")*[^"]*$)""")


def receivers(root: Route, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the receivers, in the tree's order; each once. Raises ValueError for a matcher that is none."""
    return tuple(dict.fromkeys(_receivers(root, labels, "")))


def _receivers(route: Route, labels: Mapping[str, str], inherited: str) -> Iterator[str]:
    own = str(route.get("receiver") or inherited)
    taken = False
    for child in route.get("routes") or ():
        if _takes(child, labels):
            yield from _receivers(child, labels, own)
            taken = True
            if not child.get("continue"):
                return
    if not taken:
        yield own


def _takes(route: Route, labels: Mapping[str, str]) -> bool:
    equal = all(labels.get(name, "") == str(value) for name, value in (route.get("match") or {}).items())
    alike = all(_full(str(value), labels.get(name, "")) for name, value in (route.get("match_re") or {}).items())
    return equal and alike and all(_matches(each, labels) for each in _matchers(route))


def _matchers(route: Route) -> Iterator[str]:
    for each in route.get("matchers") or ():
        yield from filter(None, _SEPARATOR.split(str(each).strip().removeprefix("{").removesuffix("}")))


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    parts = _MATCHER.match(matcher)
    if parts is None:
        raise ValueError(f"{matcher!r} is no matcher")
    name, operator, value = parts.groups()
    value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value.startswith('"') else value
    held = labels.get(name, "")
    found = _full(value, held) if operator.endswith("~") else held == value
    return not found if operator.startswith("!") else found


def _full(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None
