"""YAML that people wrote, with the line of every field. Every scalar stays the text that it is.

YAML's own guesses would turn release ``1.10`` into the number 1.1 and the answer ``no`` into a truth value; a schema
that knows better turns texts into what they mean. Anchors, tags and doubled keys are refused: a reviewer must see all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from golive.errors import BadInput
from golive.tomlfile import Place


@dataclass(frozen=True)
class YamlFile:
    """A file as read: its exact bytes, its mapping, and where in it each field stands."""

    path: Path
    raw: bytes
    data: Mapping[str, Any]
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """1-based line of the field at ``place``; of its nearest parent where it is absent; 1 where none is there."""
        found = (self.lines[place[:length]] for length in range(len(place), 0, -1) if place[:length] in self.lines)
        return next(found, 1)


def parse(path: Path) -> YamlFile:
    """Read one file that holds one mapping. Raises BadInput with the line for one that is not that."""
    try:
        raw = path.read_bytes()
        return parsed(path, raw)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", file=path) from None


def parsed(path: Path, raw: bytes) -> YamlFile:
    """As ``parse``, of bytes that are at hand. ``path`` is only named."""
    try:
        root = yaml.compose(raw.decode("utf-8"), Loader=yaml.BaseLoader)
        events = list(yaml.parse(raw.decode("utf-8"), Loader=yaml.BaseLoader))
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8", file=path) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadInput(f"is not YAML: {error.problem or error.context}", file=path, line=line) from None
    except yaml.YAMLError:
        raise BadInput("is not YAML: it holds a character that YAML forbids", file=path) from None
    for event in events:
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise BadInput("anchors, aliases and tags are not read", file=path, line=line)
    if not isinstance(root, yaml.MappingNode):
        raise BadInput("holds no fields", file=path, line=1, suggestion="item: phase.name, and so on, a line each")
    lines: dict[Place, int] = {}
    return YamlFile(path, raw, _value(root, (), lines, path), lines)


def _value(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    if place:
        lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, (*place, index), lines, path) for index, inner in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, inner in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadInput("a field's name must be a word", file=path, line=line)
        here = (*place, key.value)
        if key.value in found:
            raise BadInput("stands here twice", file=path, line=line, field=".".join(map(str, here)))
        lines[here] = line
        found[key.value] = _value(inner, here, lines, path)
    return found
