"""An OpenAPI document: its operations, and whether bodies are what it says. Versions 3.0 and 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from golive.errors import ProtocolBroken

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

READS: Final = frozenset({"get", "head"})
UNSAFE: Final = frozenset({"post", "put", "patch", "delete"})
_MOST_SAID = 3
_WHERE = "urn:golive:openapi"


@dataclass(frozen=True)
class Operation:
    """One operation of the document; ``path`` is a template."""

    method: str
    path: str
    parameters: tuple[str, ...]
    """Names of the path's parameters."""
    described: Mapping[str, Any]
    place: tuple[str, ...]
    """Where it stands in the document."""

    @property
    def name(self) -> str:
        """``GET /path/{parameter}``."""
        return f"{self.method.upper()} {self.path}"

    @property
    def takes_body(self) -> bool:
        """Whether a request has a body."""
        return "requestBody" in self.described

    def route(self, values: Mapping[str, str]) -> str:
        """The path with these values of its parameters."""
        return self.path.format(**{name: values[name] for name in self.parameters})


class Document:
    """A document that was read. Raises ProtocolBroken where it is no OpenAPI document."""

    def __init__(self, content: Any, place: str) -> None:
        if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith(("3.0", "3.1")):
            found = content.get("openapi") if isinstance(content, dict) else type(content).__name__
            raise ProtocolBroken("api", f"{place} is no OpenAPI 3.0 or 3.1 document; openapi: {found!r}")
        self.content: dict[str, Any] = content
        self.version = str(content["openapi"])

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the document itself, by the specification's own schema."""
        from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # noqa: PLC0415 - slow

        kind = OpenAPIV30SpecValidator if self.version.startswith("3.0") else OpenAPIV31SpecValidator
        return tuple(
            _said(error) for error, _ in zip(kind(self.content).iter_errors(), range(_MOST_SAID), strict=False)
        )

    def operations(self, methods: frozenset[str]) -> tuple[Operation, ...]:
        """Those of these methods, in the document's order."""
        return tuple(self._operations(methods))

    def body_problems(self, operation: Operation, status: int, media: str, content: Any) -> tuple[str, ...]:
        """What in an answer's JSON is not as the document says; also where it knows no such status or media type."""
        responses = operation.described.get("responses", {})
        known = next((key for key in (str(status), f"{status // 100}XX", "default") if key in responses), None)
        if known is None:
            return (f"the document knows no answer {status}",)
        place = (*operation.place, "responses", known)
        if "$ref" in responses[known]:
            place = tuple(_unescaped(part) for part in responses[known]["$ref"].removeprefix("#/").split("/"))
        contents = self._at(place).get("content", {})
        if not contents:
            return () if content is None else ("the document knows no body for it",)
        if media not in contents:
            return (f"media type {media!r}; the document says {', '.join(contents)}",)
        return self._against((*place, "content", media, "schema"), content)

    def request_problems(self, operation: Operation, content: Any) -> tuple[str, ...]:
        """What in a request's JSON is not as the document says; empty also where it says nothing."""
        place = (*operation.place, "requestBody", "content", "application/json", "schema")
        try:
            self._at(place)
        except KeyError:
            return ()
        return self._against(place, content)

    def _operations(self, methods: frozenset[str]) -> Iterator[Operation]:
        for path, item in self.content.get("paths", {}).items():
            for method, described in item.items():
                if method in methods:
                    names = tuple(piece.split("}")[0] for piece in path.split("{")[1:])
                    yield Operation(method, path, names, described, ("paths", path, method))

    def _at(self, place: tuple[str, ...]) -> Any:
        found: Any = self.content
        for part in place:
            found = found[part]
        return found

    def _against(self, place: tuple[str, ...], content: Any) -> tuple[str, ...]:
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        validator = self._validator.evolve(schema={"$ref": f"{_WHERE}#/{pointer}"})
        return tuple(_said(error) for error, _ in zip(validator.iter_errors(content), range(_MOST_SAID), strict=False))

    @cached_property
    def _validator(self) -> Validator:
        from openapi_schema_validator import OAS30Validator, OAS31Validator  # noqa: PLC0415 - slow
        from referencing import Registry  # noqa: PLC0415 - slow
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - slow

        kind = OAS30Validator if self.version.startswith("3.0") else OAS31Validator
        registry: Any = Registry().with_resource(_WHERE, DRAFT202012.create_resource(self.content))
        validator: Validator = kind({}, registry=registry, format_checker=kind.FORMAT_CHECKER)
        return validator


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "body"
    return f"{where}: {error.message[:160]}"


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
