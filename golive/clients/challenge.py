"""What a server asks for credentials by: the header ``WWW-Authenticate`` (RFC 9110, section 11.6.1). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar's word, no secret
_PARAMETER: Final = re.compile(rf'({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_SCHEME: Final = re.compile(rf"({_TOKEN})(?=\s+{_TOKEN}\s*=|\s*(?:,|$))")
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Challenge:
    """A scheme in lower case, and its parameters by names in lower case."""

    scheme: str
    parameters: dict[str, str]


def challenges(header: str) -> tuple[Challenge, ...]:
    """All of them, in their order; what cannot be read ends them."""
    found: list[Challenge] = []
    at = 0
    while at < len(header):
        at = len(header) - len(header[at:].lstrip(" \t,"))
        parameter = _PARAMETER.match(header, at) if found else None
        matched = parameter or _SCHEME.match(header, at)
        if matched is None:
            break
        if parameter is None:
            found.append(Challenge(matched[1].lower(), {}))
        else:
            quoted, bare = parameter[2], parameter[3]
            found[-1].parameters[parameter[1].lower()] = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare
        at = matched.end()
    return tuple(found)
