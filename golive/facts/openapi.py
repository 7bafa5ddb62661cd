"""An OpenAPI document: its operations, and whether bodies are what it says. Versions 3.0 and 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from golive.clients.words import clean
from golive.errors import ProtocolBroken

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

READS: Final = frozenset({"get", "head"})
UNSAFE: Final = frozenset({"post", "put", "patch", "delete"})
Place = tuple[str, ...]
_MOST_SAID, _MOST_REFERENCES = 3, 20
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

    @property
    def success(self) -> frozenset[int]:
        """The statuses of success that the document knows for it; 200 where it names none."""
        named = {
            int(code) for code in self.described.get("responses", {}) if str(code).isdigit() and str(code)[0] in "23"
        }
        return frozenset(named or {200})

    def route(self, values: Mapping[str, str]) -> str:
        """The path with these values of its parameters, quoted."""
        route = self.path
        for name in self.parameters:
            route = route.replace(f"{{{name}}}", quote(values[name], safe=""))
        return route


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
        from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

        kind = OpenAPIV30SpecValidator if self.version.startswith("3.0") else OpenAPIV31SpecValidator
        found: list[str] = []
        try:
            for error, _ in zip(kind(self.content).iter_errors(), range(_MOST_SAID), strict=False):
                found.append(_said(error))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # Beyond what its schema refuses the validator takes the form of a document for granted.
            found = found or [f"its specification's validator could not read it: {error!r}"]
        return tuple(found)

    def operations(self, methods: frozenset[str]) -> tuple[Operation, ...]:
        """Those of these methods, in the document's order."""
        return tuple(self._operations(methods))

    def body_problems(self, operation: Operation, status: int, media: str, content: Any) -> tuple[str, ...]:
        """What in an answer's JSON is not as the document says; also where it knows no such status or media type."""
        responses = operation.described.get("responses", {})
        known = next((key for key in (str(status), f"{status // 100}XX", "default") if key in responses), None)
        if known is None:
            return (f"the document knows no answer {status}",)
        place, response = self._resolved((*operation.place, "responses", known))
        contents = response.get("content", {})
        if not contents:
            return () if content is None else ("the document knows no body for it",)
        best = _best(contents, media)
        if best is None:
            return (f"media type {media!r}; the document says {', '.join(contents)}",)
        if "schema" not in contents[best] or not media.endswith("json"):
            return ()
        return self._against((*place, "content", best, "schema"), content)

    def request_problems(self, operation: Operation, content: Any) -> tuple[str, ...]:
        """What in a request's JSON is not as the document says; empty also where it says nothing."""
        if not operation.takes_body:
            return ()
        place, body = self._resolved((*operation.place, "requestBody"))
        contents = body.get("content", {})
        best = _best(contents, "application/json")
        if best is None or "schema" not in contents[best]:
            return ()
        return self._against((*place, "content", best, "schema"), content)

    def _operations(self, methods: frozenset[str]) -> Iterator[Operation]:
        """Raises ProtocolBroken for a reference out of the document: what it holds would go unseen."""
        prefix = self._prefix()
        for path in self.content.get("paths", {}):
            place, item = self._resolved(("paths", path))
            for method, described in item.items():
                if method in methods and isinstance(described, dict):
                    names = tuple(piece.split("}")[0] for piece in path.split("{")[1:])
                    yield Operation(method, prefix + path, names, described, (*place, method))

    def _prefix(self) -> str:
        """The path of the first server, below which the document's paths stand."""
        servers = self.content.get("servers") or [{}]
        return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")

    def _resolved(self, place: Place) -> tuple[Place, dict[str, Any]]:
        """What stands at that place, and where; a reference is followed. Raises ProtocolBroken where it cannot be."""
        for _ in range(_MOST_REFERENCES):
            found = self._at(place)
            reference = found.get("$ref") if isinstance(found, dict) else None
            if reference is None:
                return place, found if isinstance(found, dict) else {}
            place = tuple(_unescaped(part) for part in str(reference).removeprefix("#/").split("/"))
        raise ProtocolBroken("api", f"the document's reference at {'/'.join(place)} leads in a circle")

    def _at(self, place: Place) -> Any:
        found: Any = self.content
        for part in place:
            if not isinstance(found, dict) or part not in found:
                raise ProtocolBroken(
                    "api",
                    f"the document has a reference to {'/'.join(place)}, which is not in it",
                    hint="serve one document that holds everything it refers to",
                )
            found = found[part]
        return found

    def _against(self, place: Place, content: Any) -> tuple[str, ...]:
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        validator = self._validator.evolve(schema={"$ref": f"{_WHERE}#/{pointer}"})
        return tuple(_said(error) for error, _ in zip(validator.iter_errors(content), range(_MOST_SAID), strict=False))

    @cached_property
    def _validator(self) -> Validator:
        from openapi_schema_validator import OAS30Validator, OAS31Validator
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        kind = OAS30Validator if self.version.startswith("3.0") else OAS31Validator
        registry: Any = Registry().with_resource(_WHERE, DRAFT202012.create_resource(self.content))
        validator: Validator = kind({}, registry=registry, format_checker=kind.FORMAT_CHECKER)
        return validator


def _best(contents: Mapping[str, Any], media: str) -> str | None:
    """The media range of the document that fits best: the type itself, then ``type/*``, then ``*/*``."""
    ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
    plain = {name.partition(";")[0].strip().lower(): name for name in contents}
    return next((plain[each] for each in ranges if each in plain), None)


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "body"
    return f"{where}: {clean(error.message, 160)}"


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
