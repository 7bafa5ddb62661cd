"""Which fields of a request a refusal names by itself: what it only repeats of the request does not count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

from golive.clients.http import Answer
from golive.facts.rows import same

_ADDRESS = re.compile(r"https?://[^\s\"'<>]*")
_BETWEEN = r"[\s,;&{}()]*"
_REST = r"[^\s\"'<>]*"
Pairs = tuple[tuple[str, Any], ...]


def named(answer: Answer, body: Mapping[str, Any], route: str, fields: Iterable[str]) -> frozenset[str]:
    """The fields that stand as words in the answer, in the same letters, once its echo of the request is taken out.

    The echo is: in JSON, at any depth, each field with the very value that the request gave it; in a text, two or more
    such fields in a row, however they are written; every text that the request has as a value; addresses, and the
    request's route with its query. A field that stands alone with its value in a text (``percent: 'ten' is no number``)
    is named.
    """
    pairs = tuple(_pairs(body))
    words = _ADDRESS.sub(" ", _own_words(answer, pairs))
    words = re.sub(re.escape(route) + _REST, " ", words)
    for value in {value for _, value in pairs if isinstance(value, str) and value}:
        words = re.sub(_as_word(value), " ", words)
    return frozenset(field for field in fields if re.search(_as_word(field), words))


def _as_word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _pairs(content: Any) -> Iterator[tuple[str, Any]]:
    """Fields with their values, at any depth."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield name, value
            yield from _pairs(value)
    elif isinstance(content, list):
        for value in content:
            yield from _pairs(value)


def _own_words(answer: Answer, pairs: Pairs) -> str:
    content = answer.json()
    return _text(content, pairs) if isinstance(content, dict | list) else _without_runs(answer.text, pairs)


def _text(content: Any, pairs: Pairs) -> str:
    """JSON as words, one value after the other, without what it repeats of the request."""
    if isinstance(content, Mapping):
        own = {name: value for name, value in content.items() if not _repeats(name, value, pairs)}
        return " | ".join(f"{name} | {_text(value, pairs)}" for name, value in own.items())
    if isinstance(content, list):
        return " | ".join(_text(value, pairs) for value in content)
    if not isinstance(content, str):
        return str(content)
    inner = _json(content)
    return _text(inner, pairs) if isinstance(inner, dict | list) else _without_runs(content, pairs)


def _repeats(name: str, value: Any, pairs: Pairs) -> bool:
    return any(name == theirs and same(value, given) for theirs, given in pairs)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _without_runs(text: str, pairs: Pairs) -> str:
    """The text without two or more of the request's fields with their values, one after the other."""
    written = [_written(name, value) for name, value in pairs if not isinstance(value, Mapping | list)]
    if not written:
        return text
    pair = f"(?:{'|'.join(written)})"
    return re.sub(rf"{pair}(?:{_BETWEEN}{pair})+", " ", text)


def _written(name: str, value: Any) -> str:
    """A field with its value as JSON, Python and forms write them."""
    ways = {str(value), repr(value), json.dumps(value), quote_plus(str(value))}
    values = "|".join(re.escape(way) for way in sorted(ways, key=len, reverse=True))
    quoted = r"\\?[\"']?"
    return rf"{quoted}(?<!\w){re.escape(name)}{quoted}\s*[:=]\s*{quoted}(?:{values})(?!\w){quoted}"
