"""What may be told of a page: its words and addresses without codes, tokens and passwords."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 200
_TOKEN = re.compile(r"eyJ[\w-]{8,}(\.[\w-]*)*")
"""A JSON Web Token, also one whose end is missing."""
_BEARER = re.compile(r"\b(bearer)\s+[^\s'\",]+", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:access|refresh|id)_?token|password|client_?secret|api_?key)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+",
    re.IGNORECASE,
)
_QUERY = re.compile(r"([?#])[^\s'\"]*")
_PORTS = {"http": 80, "https": 443}


def clean(text: str, most: int = LONGEST) -> str:
    """The text on one line and cut to ``most``, with words in place of tokens and without the queries of URLs."""
    text = _TOKEN.sub("(a token)", " ".join(text.split()))
    text = _NAMED.sub(r"\1\2(left out)", _BEARER.sub(r"\1 (a token)", text))
    return _QUERY.sub(r"\1…", text)[:most]


def place(url: str) -> str:
    """The URL without query and fragment, which may hold codes and tokens."""
    return clean(re.split(r"[?#]", url, maxsplit=1)[0])


def origin(url: str) -> str:
    """Scheme, host and port of a URL as browsers write them, a usual port left out; empty for what is no URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if port in (None, _PORTS.get(parts.scheme)) else f"{parts.scheme}://{host}:{port}"


def below(url: str, root: str) -> bool:
    """Whether the URL is of the same origin as ``root``, and its path begins with that one's."""
    return origin(url) == origin(root) != "" and urlsplit(url).path.startswith(urlsplit(root).path)
