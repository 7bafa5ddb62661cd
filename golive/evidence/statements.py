"""What people state: attestations and waivers, a YAML file each under review, its signatures in an envelope beside it.

``attestations/`` and ``waivers/`` of the target's evidence folder hold them. All times are UTC.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Generic, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from golive.checklist import Owner
from golive.errors import BadInput, BadInputs
from golive.evidence.envelope import Refused, beside, opened
from golive.evidence.roles import BoundKey, Role, RoleMap
from golive.tomlfile import Place, problems_of
from golive.yamlfile import YamlFile, parse

ATTESTATION, WAIVER = "application/vnd.golive.attestation+yaml", "application/vnd.golive.waiver+yaml"
"""Payload types: a signature under a waiver is none under an attestation."""
LONGEST_WAIVER = timedelta(days=30)
ANY = "any"


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0):
        raise ValueError("must be in UTC and say so: 2026-11-26T10:00:00Z")
    return moment.astimezone(UTC)


def _said(text: str) -> str:
    if not any(character.isalnum() for character in text):
        raise ValueError("must hold a word")
    return text


Utc = Annotated[datetime, AfterValidator(_utc)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_said)]
Sentence = Annotated[str, Field(min_length=10), AfterValidator(_said)]
Measured = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Stated(BaseModel):
    """Base of both kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Words
    target: Words
    release: Words


class Document(BaseModel):
    """What was looked at: a file of the project or of the evidence folder, and its sha256 at that time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: Words
    sha256: Sha256


class Attestation(Stated):
    """What somebody says who alone can know it. It holds from ``signed_at`` until just before ``valid_until``."""

    role: Role
    name: Words
    statement: Sentence
    holds: bool = True
    """Whether the item does; false states that it does not, which is a FAIL."""
    evidence: tuple[Document, ...] = ()
    measured: dict[str, Measured] = Field(default_factory=dict)
    """Figures of an exercise, with their unit in the name: ``rto_minutes``."""
    signed_at: Utc
    valid_until: Utc

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_until <= self.signed_at:
            raise ValueError("valid_until must be after signed_at")
        return self


class Waiver(Stated):
    """Why a release may go on although an item does not hold. It acts from ``created`` until just before ``until``."""

    why: Sentence
    author: Words
    approved_by: Words
    role: Owner
    ticket: Words
    created: Utc
    until: Utc

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if self.until <= self.created:
            raise ValueError("until must be after created")
        if self.until - self.created > LONGEST_WAIVER:
            raise ValueError(f"lasts longer than {LONGEST_WAIVER.days} days; fix it meanwhile, or waive it anew")
        if _plain(self.author) == _plain(self.approved_by):
            raise ValueError("author and approved_by must be two people")
        return self


def _plain(name: str) -> str:
    """A name without what no reader sees: case, spaces, invisible characters, other encodings of the same letters."""
    seen = (each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    return " ".join("".join(seen).casefold().split())


S = TypeVar("S", Attestation, Waiver)
KINDS = {Attestation: ATTESTATION, Waiver: WAIVER}
FOLDERS = {Attestation: "attestations", Waiver: "waivers"}


@dataclass(frozen=True)
class Signed(Generic[S]):
    """A statement as read, and by whose keys it is signed; where it is not, ``refused`` says why."""

    file: YamlFile
    says: S
    signers: tuple[BoundKey, ...] = ()
    refused: str = ""

    @property
    def path(self) -> Path:
        """Its file."""
        return self.file.path

    def problem(self, message: str, field: str = "", suggestion: str = "") -> BadInput:
        """A message about one of its fields, with file and line."""
        place: Place = (field,) if field else ()
        return BadInput(message, file=self.path, line=self.file.line(place), field=field, suggestion=suggestion)

    def signed_by(self, role: Role) -> BoundKey | None:
        """The key of that role under it; None where it has none."""
        return next((signer for signer in self.signers if signer.role == role), None)


def read(folder: Path, kind: type[S], roles: RoleMap) -> list[Signed[S]]:
    """All statements of a kind below an evidence folder, by file name.

    Raises BadInputs with file, line, field and suggestion for whatever is malformed; an unsigned statement is not
    malformed: it counts for nothing, and says why.
    """
    found: list[Signed[S]] = []
    problems: list[BadInput] = []
    for path in sorted((folder / FOLDERS[kind]).glob("*")):
        if path.name.endswith(".dsse.json"):
            if not path.with_name(path.name.removesuffix(".dsse.json")).is_file():
                problems.append(BadInput("signs a file that is not there", file=path, suggestion="remove it"))
        elif path.suffix not in {".yaml", ".yml"}:
            problems.append(BadInput("is no statement: its name must end in .yaml", file=path))
        else:
            try:
                found.append(read_one(path, kind, roles))
            except BadInput as error:
                problems += error.problems if isinstance(error, BadInputs) else [error]
    if problems:
        raise BadInputs(problems)
    return found


def read_one(path: Path, kind: type[S], roles: RoleMap) -> Signed[S]:
    """One statement. Raises as ``read``."""
    file = parse(path)
    try:
        says = kind.model_validate(file.data)
    except ValidationError as error:
        raise BadInputs(problems_of(error, path, file.line, model=kind)) from None
    try:
        return Signed(file, says, _signers(file, KINDS[kind], roles))
    except Refused as error:
        return Signed(file, says, refused=str(error))


def _signers(file: YamlFile, kind: str, roles: RoleMap) -> tuple[BoundKey, ...]:
    """Who signed exactly these bytes. Raises Refused where nobody has, or where a signature is not good."""
    try:
        envelope = beside(file.path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused("nobody has signed it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"its signatures cannot be read: {error}") from None
    signatures = opened(envelope, kind, roles)
    if signatures.payload != file.raw:
        raise Refused("it changed since it was signed")
    return signatures.signers
