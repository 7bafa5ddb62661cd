"""What a request asks for: a read, an insert with its data behind it, or anything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

_COMMENTS = r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*"
_READ = re.compile(
    _COMMENTS + r"\(*\s*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|CHECK|VALUES|FROM)\b", re.I | re.S
)
_INSERT = re.compile(_COMMENTS + r"INSERT\s+INTO\b", re.I | re.S)
_INSERT_WITH_DATA = re.compile(
    _COMMENTS.encode()
    + rb"(?P<into>INSERT\s+INTO\b.*?)(?:\s+SETTINGS\s+(?P<settings>[^()]*?))?"
    + rb"\s+FORMAT\s+(?P<format>\w+)[ \t\r]*(?:\n|;|\Z)",
    re.I | re.S,
)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.I)


class Kind(Enum):
    """What a statement does to the data."""

    READ = auto()
    INSERT = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Statement:
    """One statement; ``data`` is what follows an ``INSERT … FORMAT``, in that ``format``."""

    kind: Kind
    text: str
    format: str | None = None
    data: bytes | None = None

    def without_format(self) -> str:
        """The text without a FORMAT clause at its end."""
        return _FORMAT.sub("", self.text).rstrip().rstrip(";")


def parse(query: str, body: bytes) -> Statement:
    """The statement in the ``query`` parameter and the body together, as the server joins them."""
    raw = b"\n".join(part for part in (query.encode(), body) if part)
    insert = _INSERT_WITH_DATA.match(raw)
    if insert is not None and insert["format"].upper() != b"VALUES":
        into = insert["into"] + (b" SETTINGS " + insert["settings"] if insert["settings"] else b"")
        return Statement(Kind.INSERT, into.decode(), insert["format"].decode(), raw[insert.end() :])
    text = raw.decode()
    named = _FORMAT.search(text)
    kind = Kind.READ if _READ.match(text) else Kind.INSERT if _INSERT.match(text) else Kind.OTHER
    return Statement(kind, text, named.group(1) if named else None)
