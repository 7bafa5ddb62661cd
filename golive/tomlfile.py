"""Where a field stands in a TOML file, and pydantic's errors as messages with file, line and field.

The standard parser gives no positions, so the line is found by walking the file's headers and keys: exact
for the tables, dotted keys and inline tables that golive's files use, and otherwise the nearest parent's line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from golive.errors import BadInput
from golive.nearest import did_you_mean, nearest

Place = tuple[int | str, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


_AT = re.compile(r" \(at line (\d+), column \d+\)$")


def parse(path: Path) -> tuple[str, dict[str, Any]]:
    """The text and the data of a TOML file. Raises BadInput with the line for one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError as error:
        raise BadInput(f"cannot be read: {error}", file=path) from None
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = int(at.group(1)) if at else 0
        raise BadInput(f"is not TOML: {_AT.sub('', str(error))}", file=path, line=line) from None


def line_of(text: str, place: Place) -> int:
    """1-based line of the field at ``place``; of its nearest parent where it is absent; 0 where none is there."""
    lines = _lines(text)
    for length in range(len(place), 0, -1):
        wanted = place[:length]
        if wanted in lines:
            return lines[wanted]
    return 0


def _lines(text: str) -> dict[Place, int]:
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = _parts(header.group(2))
            if header.group(1) == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, index)
            _remember(found, table, number)
        elif key := _KEY.match(line):
            place = (*table, *_parts(key.group(1)))
            _remember(found, place, number)
            for inner in re.findall(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", line[key.end() :]):
                found.setdefault((*place, inner), number)
    return found


def _remember(found: dict[Place, int], place: Place, number: int) -> None:
    for length in range(1, len(place) + 1):
        found.setdefault(place[:length], number)
    found[place] = number


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def problems_of(
    error: ValidationError,
    path: Path,
    text: str | Callable[[Place], int],
    *,
    model: type[BaseModel] | None = None,
    rename: Callable[[Place], Place] = lambda place: place,
) -> list[BadInput]:
    """Each validation error as a BadInput. Values never appear: one of them may be a secret in the wrong place.

    ``text``: that of the TOML file, or what gives the line of a place in a file of another kind.
    """
    line = partial(line_of, text) if isinstance(text, str) else text
    return [_problem(one, rename(one["loc"]), path, line, model) for one in error.errors()]


def _problem(
    one: ErrorDetails, place: Place, path: Path, line: Callable[[Place], int], model: type[BaseModel] | None
) -> BadInput:
    kind, message = one["type"], one["msg"]
    dotted = ".".join(str(part) for part in place)
    message = message.removeprefix("Value error, ")
    suggestion = str(one.get("ctx", {}).get("suggestion", ""))
    if kind == "extra_forbidden":
        message = "unknown field"
        suggestion = _nearest(one["loc"], model)
    elif kind == "missing":
        message = "required field is missing"
    elif kind in {"enum", "literal_error"}:
        suggestion = _nearest_word(str(one["input"]), one["ctx"]["expected"])
    return BadInput(message, file=path, line=line(place), field=dotted, suggestion=suggestion)


def _nearest_word(seen: str, expected: str) -> str:
    """The word that was probably meant, of those that pydantic lists in quotation marks; never the one seen."""
    words = {word.lower(): word for word in re.findall(r"'([^']*)'", expected)}
    near = nearest(seen.lower(), words)
    return f"did you mean {words[near]!r}?" if near else ""


def _nearest(place: Place, model: type[BaseModel] | None) -> str:
    inner: Any = model
    for part in place[:-1]:
        inner = _inside(inner, str(part))
    inner = _present(inner)
    if not _is_model(inner):
        return "remove it, or see targets/production.example.toml for the fields there are"
    return did_you_mean(str(place[-1]), inner.model_fields) or f"the fields here are: {', '.join(inner.model_fields)}"


def _inside(annotation: Any, part: str) -> Any:
    """The type of a model's field, or of what a table or list of values holds under a key or index."""
    annotation = _present(annotation)
    if _is_model(annotation):
        field = annotation.model_fields.get(part)
        return field.annotation if field else None
    inner = [each for each in get_args(annotation) if each is not Ellipsis]
    return inner[-1] if inner else None


def _present(annotation: Any) -> Any:
    """Of a type that may be absent, the type."""
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    return next(each for each in get_args(annotation) if each is not NoneType)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
