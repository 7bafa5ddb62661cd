"""Other ways of writing the same route, by which a rule that compares text has been fooled before.

A path that differs from the rule's (a slash more, another case, an encoded letter) may reach the same handler; a header
may name another path to the rule, or to the router, than the request line does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from golive.clients.http import Request
from golive.facts.refusal import Trial

REWRITING_HEADERS = ("X-Original-URL", "X-Rewrite-URL")
"""Taken by some routers (IIS, Symfony, Zend) in place of the path."""


def variants_of(plain: Trial, base: str, open_route: str) -> Iterator[Trial]:
    """The plain call itself, then its variants; ``open_route`` is one that every customer may use."""
    yield plain
    asked, prefix = plain.request, urlsplit(base).path
    for name, path in paths_of(plain.route):
        yield replace(plain, variant=name, request=replace(asked, raw_path=prefix + path + _query(asked)), lenient=True)
    if asked.method == "GET":
        yield replace(plain, variant="HEAD", request=replace(asked, method="HEAD"), lenient=True)
    headers = {"X-HTTP-Method-Override": "OPTIONS"}
    yield replace(plain, variant="X-HTTP-Method-Override", request=replace(asked, headers=headers), lenient=True)
    for header in REWRITING_HEADERS:
        # The rule might be looked up by the header, and the route by the path ...
        trusting = replace(asked, headers={header: open_route})
        yield replace(plain, variant=f"{header} names an open route", request=trusting, lenient=True)
        # ... or the other way round.
        following = Request(base + open_route, headers={header: plain.route})
        yield replace(plain, variant=f"an open route, {header} names it", request=following, elsewhere=True)


def _query(request: Request) -> str:
    return f"?{urlencode(request.params)}" if request.params else ""


def paths_of(route: str) -> Iterator[tuple[str, str]]:
    """Other ways of writing a path, by their names."""
    head, slash, tail = route.rstrip("/").rpartition("/")
    end = "" if route.endswith("/") else "/"
    yield ("slash at its end" if end else "no slash at its end"), f"{head}{slash}{tail}{end}"
    yield "doubled slash", f"{head}/{slash}{tail}"
    yield "upper case", route.upper()
    if tail:
        yield "encoded letter", f"{head}{slash}%{ord(tail[0]):02x}{tail[1:]}"
    yield "dot segment", f"{head}/.{slash}{tail}"
    yield "semicolon", f"{route};golive=1"
