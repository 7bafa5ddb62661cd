"""What an answer said of itself, without what it may hold that nobody else should read."""

from __future__ import annotations

import re

from golive.clients.http import Answer
from golive.clients.words import clean

WORDS = ("title", "code", "detail", "message", "error")
"""Fields in which a refusal says what it is."""
_MOST_FIELDS, _LONGEST = 12, 120
_TOKEN = re.compile(r"[\w.+=~-]{40,}")
"""So long a word is a token, a key or a signature, whatever its shape."""


def told(answer: Answer) -> str:
    """Status, media type, the fields at the top of a JSON body, and the values of those that say what is wrong.

    Values are cut to 120 characters and lose the queries of addresses and whatever looks like a token: a presigned
    address or a token in a refusal is nobody's to read.
    """
    media = answer.headers.get("content-type", "").partition(";")[0].strip()
    parts = [" ".join(filter(None, (str(answer.status), _cut(media))))]
    content = answer.json()
    if isinstance(content, dict):
        parts.append(f"fields: {', '.join(_cut(str(name)) for name in list(content)[:_MOST_FIELDS]) or 'none'}")
        parts += [f"{word}: {_cut(str(content[word]))}" for word in WORDS if isinstance(content.get(word), str | int)]
    elif answer.body:
        parts.append(f"{len(answer.body)} bytes that are no JSON object")
    return "; ".join(parts)


def _cut(text: str) -> str:
    return _TOKEN.sub("…", clean(text, len(text)))[:_LONGEST]
