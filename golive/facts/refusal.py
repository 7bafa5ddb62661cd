"""Whether an answer is the entitlement's own refusal, and whether it gives data away all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from golive.clients.http import Answer, Request
from golive.target.functional import Refusal

REFUSED = "refused"
_SHORTEST = 4
"""Characters of a value that is told again: shorter ones are in many answers by chance."""
_DECIMAL = re.compile(r"(?<![\w/.:-])-?\d+\.\d+(?![\w.])")
"""A number with decimals, as prices have them; not part of a version, an address or a time."""


@dataclass(frozen=True)
class Trial:
    """One call to make as both personas; ``route`` is that of the plain call.

    ``served`` are the statuses that show that the MISO persona was let through; empty where nobody may have it, and
    the MISO persona must be refused as well.
    ``lenient``: the route as written here need not exist; the same dataless 3xx or 4xx for both will do.
    ``elsewhere``: the request goes to an open route, whose own answer is right and must not have this one's data.
    """

    operation: str
    route: str
    variant: str
    request: Request
    served: frozenset[int]
    lenient: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Context:
    """How a refusal is told, and the fields of the gateway's answer on a route that is not there."""

    refusal: Refusal
    nowhere: frozenset[str] = frozenset()


def said_of(trial: Trial, caiso: Answer, miso: Answer, plain: Answer, context: Context) -> str:
    """``refused``, or what is wrong with the two answers. ``plain`` is the MISO persona's to the plain call."""
    # Elsewhere, the open route rightly tells each persona its own; only the plain call's data must not be there.
    served = (plain,) if trial.elsewhere else (miso, plain)
    leaked = next(filter(None, (_leaks(caiso, each, trial.route) for each in served)), "")
    if leaked:
        return f"the answer {caiso.status} has data in it: {leaked}"
    if trial.elsewhere:
        return REFUSED
    own = own_refusal(caiso, context.refusal, head=trial.request.method == "HEAD")
    if own == REFUSED:
        return _control(trial, miso, plain) if trial.served else _to_nobody(miso, context.refusal)
    if trial.lenient and caiso.status == miso.status and _harmless(trial, caiso, context):
        return REFUSED
    return own


def own_refusal(answer: Answer, refusal: Refusal, *, head: bool = False) -> str:
    """``refused`` where the answer is the entitlement's own 403 and nothing more; otherwise what it is.

    ``head``: the answer has no body to tell by.
    """
    if answer.status != HTTPStatus.FORBIDDEN:
        return f"answered {answer.status}; expected the entitlement's own 403"
    if head:
        return REFUSED
    found = answer.value(refusal)
    if found != refusal.equals:
        place = refusal.field or refusal.header or "body"
        return f"a 403 that is not the entitlement's: {place} {found[:60]!r}, expected {refusal.equals!r}"
    more = _beyond(answer, refusal.fields)
    return f"the 403 has more in it than a refusal: {more}" if more else REFUSED


def _control(trial: Trial, miso: Answer, plain: Answer) -> str:
    """A refusal counts where the other persona was let through, by this call or (a variant) by the plain one."""
    if miso.status in trial.served or (trial.lenient and plain.status in trial.served):
        return REFUSED
    expected = " or ".join(map(str, sorted(trial.served)))
    return f"no control: the MISO persona got {miso.status}, expected {expected}"


def _to_nobody(miso: Answer, refusal: Refusal) -> str:
    """What nobody may have by this channel must be refused to the MISO persona too."""
    own = own_refusal(miso, refusal)
    return REFUSED if own == REFUSED else f"nobody may have it, and the MISO persona's call: {own}"


def _harmless(trial: Trial, answer: Answer, context: Context) -> bool:
    """Whether an answer that both get gives nothing away: a dataless 4xx, or a way back to the plain route."""
    if answer.status == HTTPStatus.UNAUTHORIZED or _beyond(answer, context.refusal.fields | context.nowhere):
        return False
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return _leads_back(trial, answer)
    return HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def _leads_back(trial: Trial, answer: Answer) -> bool:
    """Whether a redirect goes to the plain route itself, which is tried as such; any other one is a hop to data."""
    here = urlsplit(trial.request.url)
    there = urlsplit(urljoin(trial.request.url, answer.headers.get("location", "")))
    path = re.sub(r"/{2,}", "/", unquote(there.path)).rstrip("/").lower()
    plain = unquote(urlsplit(trial.request.url).path.removesuffix(trial.route) + trial.route).rstrip("/").lower()
    return there.netloc == here.netloc and path == plain


def _beyond(answer: Answer, fields: frozenset[str]) -> str:
    """What in a body is more than plain values of these fields without numbers in them; empty where nothing is."""
    if not answer.body.strip():
        return ""
    content = answer.json()
    if not isinstance(content, dict):
        data = content is not None or answer.headers.get("content-type", "").startswith(
            ("application/json", "text/csv")
        )
        number = _DECIMAL.search(answer.text)
        return "no JSON object" if data else f"the number {number[0]}" if number else ""
    more = sorted(content.keys() - fields)
    nested = [name for name, value in content.items() if isinstance(value, dict | list)]
    number = _DECIMAL.search(json.dumps(content))
    return ", ".join(more or nested) or (f"the number {number[0]}" if number else "")


def _leaks(answer: Answer, served: Answer, route: str) -> str:
    """A value that others are served by this call, which stands in this answer or its headers too; else empty."""
    if served.status >= HTTPStatus.MULTIPLE_CHOICES:
        return ""
    told, asked = "\n".join((answer.text, *answer.headers.values())), unquote(route).lower()
    for value in _leaves(served.json()):
        if value.lower() not in asked and re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", told):
            return value[:40]
    return ""


def _leaves(content: Any) -> Iterator[str]:
    """Values by which data is known again: numbers with decimals, and texts that are more than one plain word."""
    if isinstance(content, dict | list):
        for value in content.values() if isinstance(content, dict) else content:
            yield from _leaves(value)
    elif isinstance(content, float):
        yield json.dumps(content)
    elif isinstance(content, str) and len(content) >= _SHORTEST and not content.isalpha():
        yield content
