"""The ledger's chain: a line a link, each holding the hash of the one before. Links are only ever added.

A link that is changed, taken out, added or moved is found by reading. A tail that is cut off leaves a shorter chain
that is whole: it is found by whatever names the chain's head, as every signature of the sign-off does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

FIRST = "0" * 64
"""What the first link has for the hash of the one before."""
Kind = Literal["record", "reason"]


class Broken(Exception):
    """A chain that proves nothing; the message names the link, in one line."""


@dataclass(frozen=True)
class Link:
    """One link: a file beside the chain, with its sha256."""

    number: int
    kind: Kind
    at: str
    """When it was added; ISO 8601, UTC."""
    file: str
    sha256: str
    previous: str

    @property
    def hash(self) -> str:
        """sha256 of all its fields, and so of every link before it."""
        return hashlib.sha256(canonical(asdict(self))).hexdigest()

    @property
    def line(self) -> str:
        """As it stands in the chain's file."""
        return canonical({**asdict(self), "hash": self.hash}).decode()


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write these fields as JSON: sorted, without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def read(path: Path) -> tuple[Link, ...]:
    """All links; none where there is no chain. Raises Broken for one that is not as it was added."""
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path.name} cannot be read: {error}") from None
    if text and not text.endswith("\n"):
        raise Broken(f"{path.name}: the last line has no end")
    links: list[Link] = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        links.append(_link(line, number, links[-1].hash if links else FIRST, path))
    return tuple(links)


def add(path: Path, kind: Kind, file: Path, at: datetime) -> Link:
    """Add a link for a file that lies below the chain's folder. Raises Broken where the chain is not whole.

    Nobody else may add one meanwhile: ``Ledger.alone``.
    """
    links = read(path)
    previous = links[-1].hash if links else FIRST
    name = file.relative_to(path.parent).as_posix()
    link = Link(len(links) + 1, kind, at.isoformat(), name, _sha256(file), previous)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as chain:
        chain.write(f"{link.line}\n")
    return link


def content(path: Path, link: Link) -> bytes:
    """The bytes of a link's file. Raises Broken where they are not those that were added."""
    try:
        raw = (path.parent / link.file).read_bytes()
    except OSError as error:
        raise Broken(f"link {link.number}: {link.file} cannot be read: {error.strerror}") from None
    if hashlib.sha256(raw).hexdigest() != link.sha256:
        raise Broken(f"link {link.number}: {link.file} changed since it was added")
    return raw


def _link(line: str, number: int, previous: str, path: Path) -> Link:
    where = f"{path.name}:{number}"
    try:
        fields = json.loads(line)
        claimed = fields.pop("hash")
        link = Link(**fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Broken(f"{where} is no link") from None
    if link.kind not in get_args(Kind) or not isinstance(link.file, str) or ".." in Path(link.file).parts:
        raise Broken(f"{where} names no file of the ledger")
    if link.number != number:
        raise Broken(f"{where} is link {link.number}: one is missing, doubled or moved")
    if link.previous != previous:
        raise Broken(f"{where} does not follow the link before it")
    if claimed != link.hash or line != link.line:
        raise Broken(f"{where} changed since it was added")
    return link


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
