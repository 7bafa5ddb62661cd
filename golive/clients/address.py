"""Where an address leads: the origin, as browsers compare it."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of a URL as browsers write them, a usual port left out; empty for what is no URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if port in (None, _PORTS.get(parts.scheme)) else f"{parts.scheme}://{host}:{port}"


def same_origin(one: str, other: str) -> bool:
    """Whether both URLs have the same scheme, host and port; what is no URL has none."""
    return origin(one) == origin(other) != ""


def below(url: str, root: str) -> bool:
    """Whether the URL is of the same origin as ``root``, and its path begins with that one's."""
    return same_origin(url, root) and urlsplit(url).path.startswith(urlsplit(root).path)
