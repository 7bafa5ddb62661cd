"""Whether an answer is the entitlement's own refusal, and whether it gives data away all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from golive.clients.http import Answer, Request
from golive.target.functional import Refusal

REFUSED = "refused"
_SHORTEST = 6
"""Characters of a value that is told again: shorter ones are in many answers by chance."""


@dataclass(frozen=True)
class Trial:
    """One call to make as both personas; ``route`` is that of the plain call.

    ``served`` are the statuses that show that the MISO persona was let through; empty where it must not be either.
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


def said_of(trial: Trial, caiso: Answer, miso: Answer, plain: Answer, refusal: Refusal) -> str:
    """``refused``, or what is wrong with the two answers. ``plain`` is the MISO persona's to the plain call."""
    leaked = _leaks(caiso, plain, trial.route)
    if leaked:
        return f"the answer {caiso.status} has data in it: {leaked}"
    if trial.elsewhere:
        return REFUSED
    own = _is_entitlements(caiso, refusal, head=trial.request.method == "HEAD")
    if own == REFUSED:
        return _control(trial, miso, plain)
    same = (
        caiso.status == miso.status and HTTPStatus.MULTIPLE_CHOICES <= caiso.status < HTTPStatus.INTERNAL_SERVER_ERROR
    )
    if trial.lenient and same and caiso.status != HTTPStatus.UNAUTHORIZED and _dataless(caiso, refusal):
        return REFUSED
    return own


def own_refusal(answer: Answer, refusal: Refusal) -> str:
    """``refused`` where the answer is the entitlement's own 403 and nothing more; otherwise what it is."""
    return _is_entitlements(answer, refusal, head=False)


def _control(trial: Trial, miso: Answer, plain: Answer) -> str:
    """A refusal counts where the other persona was let through, by this call or (a variant) by the plain one."""
    if not trial.served:
        return REFUSED
    if miso.status in trial.served or (trial.lenient and plain.status in trial.served):
        return REFUSED
    expected = " or ".join(map(str, sorted(trial.served)))
    return f"no control: the MISO persona got {miso.status}, expected {expected}"


def _is_entitlements(answer: Answer, refusal: Refusal, *, head: bool) -> str:
    """``refused`` where the answer is the entitlement's own 403 and nothing more; otherwise what it is."""
    if answer.status != HTTPStatus.FORBIDDEN:
        return f"answered {answer.status}; expected the entitlement's own 403"
    if head:
        return REFUSED
    found = answer.value(refusal)
    if found != refusal.equals:
        place = refusal.field or refusal.header or "body"
        return f"a 403 that is not the entitlement's: {place} {found[:60]!r}, expected {refusal.equals!r}"
    if not _dataless(answer, refusal):
        content = answer.json()
        more = sorted(set(content) - refusal.fields) if isinstance(content, dict) else ["no JSON object"]
        return f"the 403 has more in it than a refusal: {', '.join(more)}"
    return REFUSED


def _dataless(answer: Answer, refusal: Refusal) -> bool:
    """Nothing, or an object with no more than a refusal's fields, each a plain value."""
    if not answer.body.strip():
        return True
    content = answer.json()
    if isinstance(content, dict):
        return content.keys() <= refusal.fields and not any(isinstance(v, dict | list) for v in content.values())
    return content is None and not answer.headers.get("content-type", "").startswith(("application/json", "text/csv"))


def _leaks(answer: Answer, served: Answer, route: str) -> str:
    """A value of the answer that others are served, which stands in this one too; empty where none does."""
    if served.status >= HTTPStatus.MULTIPLE_CHOICES or not answer.body:
        return ""
    told = answer.text
    for value in _leaves(served.json()):
        if len(value) >= _SHORTEST and value in told and value.lower() not in route.lower():
            return value[:40]
    return ""


def _leaves(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for value in content.values():
            yield from _leaves(value)
    elif isinstance(content, list):
        for value in content:
            yield from _leaves(value)
    elif isinstance(content, str):
        yield content
    elif isinstance(content, float):
        yield json.dumps(content)
