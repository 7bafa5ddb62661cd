"""Read a target file, put a provider's overlay over it, resolve its secrets."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from golive.errors import BadInput, BadInputs
from golive.target.model import Target
from golive.target.secrets import SecretReference
from golive.tomlfile import line_of, parse, problems_of


@dataclass(frozen=True)
class TargetFile:
    """A target as read: the model, and the text it came from for messages."""

    path: Path
    text: str
    data: Mapping[str, Any]
    target: Target

    def with_overlay(self, overlay: Mapping[str, Any]) -> Target:
        """The target with a provider's addresses and secret files in place of those of the file."""
        return _validated(_merged(self.data, overlay))

    def changed(self, changes: Mapping[str, Any]) -> TargetFile:
        """As though the file had said so. Raises pydantic's ValidationError for what no target may say."""
        data = _merged(self.data, changes, adds=True)
        return replace(self, data=data, target=_validated(data))

    def missing_secrets(self, remedy: Callable[[str], str] = lambda _field: "") -> list[BadInput]:
        """A message for every secret reference that cannot be resolved now. ``remedy``: what makes that of a field."""
        problems = []
        for place, reference in references(self.target):
            try:
                reference.resolve()
            except LookupError as error:
                problems.append(
                    BadInput(
                        str(error),
                        file=self.path,
                        line=line_of(self.text, tuple(place.split("."))),
                        field=place,
                        suggestion=remedy(place) or _how_to_set(reference),
                    )
                )
        return problems

    def missing_authorities(self) -> list[BadInput]:
        """A message for a ``ca_file`` that is absent, unreadable or holds no certificate."""
        ca_file = self.target.ca_file
        if ca_file is None:
            return []
        try:
            ssl.create_default_context(cafile=ca_file)
        except ssl.SSLError:
            what = f"{ca_file} holds no certificate in PEM"
        except OSError as error:
            what = f"{ca_file} cannot be read: {error.strerror}"
        else:
            return []
        line = line_of(self.text, ("ca_file",))
        hint = "the PEM bundle of the authorities to trust; leave ca_file out to trust the system's own"
        return [BadInput(what, file=self.path, line=line, field="ca_file", suggestion=hint)]


def find(name: str, folder: Path) -> TargetFile:
    """The target of that name in ``folder``, or of that path.

    Raises BadInput, with file, line, field and a suggestion, for a name that is not there and for every wrong field.
    """
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml") if not p.stem.endswith(".example")))
        raise BadInput(
            f"unknown target {name!r}: there is no such file",
            file=path,
            suggestion=f"one of: {known or 'none yet'}; a new one starts as a copy of targets/production.example.toml",
        )
    return read(path)


def read(path: Path) -> TargetFile:
    """Read and validate one target file; see ``find`` for what is raised."""
    text, data = parse(path)
    try:
        target = _validated(data)
    except ValidationError as error:
        raise BadInputs(problems_of(error, path, text, model=Target)) from None
    if target.name != path.stem.removesuffix(".example"):
        raise BadInput(
            f"the target calls itself {target.name!r}",
            file=path,
            line=line_of(text, ("name",)),
            field="name",
            suggestion=f'name = "{path.stem}", the name of its file',
        )
    return TargetFile(path, text, data, target)


def _validated(data: Mapping[str, Any]) -> Target:
    """The target that these tables give: a number or a truth value in quotation marks is refused.

    By way of JSON, where strictness leaves lists, enumerations and paths what a file can write.
    """
    return Target.model_validate_json(json.dumps(data, default=str), strict=True)


def references(model: BaseModel, place: str = "") -> Iterator[tuple[str, SecretReference]]:
    """Every secret reference below a model with its dotted place."""
    for name in type(model).model_fields:
        yield from _references(getattr(model, name), f"{place}.{name}".lstrip("."))


def _references(value: object, place: str) -> Iterator[tuple[str, SecretReference]]:
    if isinstance(value, SecretReference):
        yield place, value
    elif isinstance(value, BaseModel):
        yield from references(value, place)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _references(inner, f"{place}.{key}")


def secrets_of(target: Target) -> list[SecretStr]:
    """Every secret of the target that can be read now, for the redactor."""
    found: list[SecretStr] = []
    for _, reference in references(target):
        try:
            found += reference.secrets()
        except LookupError:
            continue  # reported by missing_secrets, or by the client that needs it
    return found


def _merged(base: Mapping[str, Any], over: Mapping[str, Any], *, adds: bool = False) -> dict[str, Any]:
    """The one over the other; ``adds`` takes over tables that the first one lacks, too."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        is_reference = isinstance(value, Mapping) and set(value) <= {"env", "file"}
        if isinstance(value, Mapping) and not is_reference:
            # A provider moves what the target names; a persona or service that it does not name stays out.
            if isinstance(below, Mapping):
                result[key] = _merged(below, value, adds=adds)
            elif adds:
                result[key] = value
        else:
            result[key] = value
    return result


def _how_to_set(reference: SecretReference) -> str:
    if reference.env:
        return f'export {reference.env}=…, or name a mounted file: {{ file = "/path" }}'
    return 'mount the file, or name an environment variable: { env = "NAME" }'
