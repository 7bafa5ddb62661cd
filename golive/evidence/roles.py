"""The role map of a target: which key speaks for which role. Reads ``roles.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from golive.checklist import Owner
from golive.errors import BadInput, BadInputs
from golive.evidence import keys
from golive.tomlfile import line_of, parse, problems_of

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

Role = Literal["engineering_lead", "product_owner", "security_officer", "operations_manager", "pilot_user", "suite"]
OWNERS: tuple[Owner, ...] = get_args(Owner)


def in_words(role: str) -> str:
    """A role as people write it."""
    return role.replace("_", " ")


"""The four who sign off."""


class BoundKey(BaseModel):
    """One key, the role that it speaks for and whose it is. ``suite`` signs records of runs: CI's key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    name: Annotated[str, Field(min_length=1)]
    public: str

    @field_validator("public")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        keys.public_key(value)
        return value

    @cached_property
    def key(self) -> SSlibKey:
        """The key itself."""
        return keys.public_key(self.public)

    @property
    def words(self) -> str:
        """Who signed, for people: the name is the role map's, not the statement's."""
        return f"{self.name} ({in_words(self.role)}, key {self.key.keyid[:12]})"


@dataclass(frozen=True)
class RoleMap:
    """Every key that may sign for a target."""

    path: Path
    keys: tuple[BoundKey, ...]

    @cached_property
    def by_id(self) -> Mapping[str, BoundKey]:
        """Bound keys under the id that follows from the key."""
        return {bound.key.keyid: bound for bound in self.keys}

    def owner_of(self, keyid: str) -> BoundKey | None:
        """Whose key that is; None for a stranger's."""
        return self.by_id.get(keyid)


def read(path: Path) -> RoleMap:
    """Read a role map. Raises BadInput, with file, line and field, for what is wrong: one key in two roles, too."""
    text, data = parse(path)
    if set(data) - {"key"}:
        extra = min(set(data) - {"key"})
        raise BadInput("a role map holds only [[key]] tables", file=path, line=line_of(text, (extra,)), field=extra)
    tables = data.get("key", [])
    if not isinstance(tables, list):
        words = "is no list of tables"
        raise BadInput(words, file=path, line=line_of(text, ("key",)), field="key", suggestion="[[key]], a table a key")
    found: list[BoundKey] = []
    problems: list[BadInput] = []
    for number, table in enumerate(tables):
        try:
            bound = BoundKey.model_validate(table)
        except ValidationError as error:
            problems += problems_of(error, path, text, model=BoundKey, rename=lambda at, n=number: ("key", n, *at))  # type: ignore[misc] # n is bound here
            continue
        if any(bound.public == other.public for other in found):
            problems.append(
                BadInput(
                    "this key speaks for somebody already",
                    file=path,
                    line=line_of(text, ("key", number, "public")),
                    field=f"key.{number}.public",
                    suggestion="a key of its own for each role: golive key new",
                )
            )
        found.append(bound)
    if problems:
        raise BadInputs(problems)
    return RoleMap(path, tuple(found))
