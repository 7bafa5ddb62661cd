"""What may be told of what others say: their words and addresses without codes, tokens and passwords."""

from __future__ import annotations

import errno
import os
import re

LONGEST = 200
_TOKEN = re.compile(r"eyJ[\w-]{8,}(\.[\w-]*)*")
"""A JSON Web Token, also one whose end is missing."""
_BEARER = re.compile(r"\b(bearer)\s+[^\s'\",]+", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:access|refresh|id)_?token|password|client_?secret|api_?key)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+",
    re.IGNORECASE,
)
_QUERY = re.compile(r"([?#])[^\s'\"]*")
_USER = re.compile(r"//[^/@\s]*@")


def clean(text: str, most: int = LONGEST) -> str:
    """The text on one line and cut to ``most``, with words in place of tokens and without the queries of URLs."""
    text = _TOKEN.sub("(a token)", " ".join(text.split()))
    text = _NAMED.sub(r"\1\2(left out)", _BEARER.sub(r"\1 (a token)", text))
    return _QUERY.sub(r"\1…", text)[:most]


def place(url: str) -> str:
    """The URL without user, query and fragment, which may hold passwords, codes and tokens."""
    return clean(_USER.sub("//", re.split(r"[?#]", url, maxsplit=1)[0]))


def plainest(error: BaseException) -> str:
    """The plainest words in the chain: what the operating system said, if it did."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno in errno.errorcode:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
