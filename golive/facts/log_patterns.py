"""What messages of one kind have in common: a message without its numbers, addresses, identifiers and quoted words.

Pure. Two messages that differ in constant words only are two kinds; what else differs between messages of one kind,
a target says by ``logs.masks``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

LONGEST = 240
"""Characters of a pattern; what follows is cut off."""
MOST_READ = 4000
"""Characters of a message; nothing after them tells kinds apart."""
_MASKS = (
    (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<time>"),
    (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
    (r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.]*\w)", "<address>"),
    (r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?![\w:])", "<address>"),
    (r"(?<!\w)\"[^\"]*\"(?!\w)|(?<!\w)'[^']*'(?!\w)|(?<!\w)`[^`]*`(?!\w)", "<text>"),
    (r"\b0[xX][0-9a-fA-F]+\b", "<number>"),
    (r"\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b", "<number>"),
    (r"\d+(?:[.,:]\d+)*", "<number>"),
)
# A number in hexadecimal may happen to have no letter: both kinds of number are one.
_COMPILED = tuple((re.compile(mask), name) for mask, name in _MASKS)


def pattern(message: str, masks: Iterable[str] = ()) -> str:
    """The message's pattern; ``masks`` are further regular expressions, applied first. A pattern is its own."""
    found = message[:MOST_READ]
    for mask in masks:
        found = re.sub(mask, "<masked>", found)
    return _fixed(" ".join(found.split()))[:LONGEST].rstrip()


def _fixed(text: str) -> str:
    """Masked until nothing changes: what was masked can be the end of a quotation. Each round leaves less to mask."""
    while True:
        found = text
        for compiled, name in _COMPILED:
            found = compiled.sub(name, found)
        if found == text:
            return text
        text = found


def counted(messages: Iterable[str], masks: Iterable[str] = ()) -> Counter[str]:
    """How often each pattern comes."""
    masks = tuple(masks)
    return Counter(pattern(message, masks) for message in messages)
