"""Statements written by golive itself: the same YAML that a person would write, and the same checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import yaml

from golive.errors import BadInput
from golive.evidence.statements import FOLDERS, Attestation, Document, Waiver
from golive.wholefile import write_whole


def write(folder: Path, statement: Attestation | Waiver, now: datetime) -> Path:
    """Write a statement into its folder, never over another one; gives its path. Raises BadInput where it is there."""
    place = folder / FOLDERS[type(statement)]
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{statement.item}-{now:%Y%m%dT%H%M%SZ}.yaml"
    if path.exists():
        raise BadInput("is there already", file=path, suggestion="wait a second, or edit that one and sign it anew")
    fields = statement.model_dump(mode="json", exclude_defaults=True)
    write_whole(path, yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=110))
    return path


def documents(names: Iterable[str], root: Path) -> tuple[Document, ...]:
    """The documents of these names as they are now. Raises BadInput for one that cannot be read."""
    return tuple(Document(uri=name, sha256=digest_of(name, root)) for name in names)


def digest_of(name: str, root: Path) -> str:
    """sha256 of a document, named from the project's folder. Raises BadInput where it cannot be read."""
    try:
        return hashlib.sha256((root / name).read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", file=root / name, field="evidence") from None


def seconds(moment: datetime) -> datetime:
    """The moment in whole seconds of UTC, as people write it."""
    return moment.astimezone(UTC).replace(microsecond=0)
