"""``golive attest`` and ``golive waive``: write a statement, or sign one that is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from golive.checklist import Checklist
from golive.cli.asking import asked
from golive.cli.place import Place, place
from golive.cli.unlocking import KeyFile, PassphraseEnv, unlocked
from golive.errors import BadInput, BadInputs
from golive.evidence.envelope import Refused, sign_file
from golive.evidence.home import attestation_problems
from golive.evidence.roles import in_words
from golive.evidence.statements import ANY, KINDS, Attestation, Waiver, read_one
from golive.evidence.waivers import problems, refusal
from golive.evidence.writing import documents, seconds, write

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

ASKED = "asked for without it"
TargetName = Annotated[str, typer.Option(help="a target: targets/NAME.toml")]
Item = Annotated[str, typer.Argument(help="an item of the checklist, as smoke.kafka")]
ItemOrFile = Annotated[str, typer.Argument(help="an item of the checklist; asked for without it and without --file")]
Existing = Annotated[
    Path | None, typer.Option("--file", help="sign this statement, which is there already, instead of writing one")
]
Days = Annotated[float, typer.Option(help="for how many days it holds", min=0, max=3650)]


def attest(
    key: KeyFile,
    item: ItemOrFile = "",
    target: TargetName = "lab",
    release: Annotated[
        str, typer.Option(help="the release that it is about (default: the target's; asked for if that names none)")
    ] = "",
    statement: Annotated[str, typer.Option(help=f"what you state, in a sentence; {ASKED}")] = "",
    evidence: Annotated[
        list[str] | None, typer.Option(help="a document that you looked at; give it once for each")
    ] = None,
    measured: Annotated[
        list[str] | None, typer.Option(help="a figure that you measured, as rto_minutes=42; give it once for each")
    ] = None,
    days: Days = 7,
    file: Existing = None,
    passphrase_env: PassphraseEnv = "",
) -> None:
    """State what only you can know, and sign it. Role and name are those of your key in the role map."""
    at = place(target, item)
    given = {
        "item": _known(at, item, file, Attestation),
        "evidence": documents(evidence or (), at.root),
        "measured": dict(map(_figure, measured or ())),
    }
    signer, bound = unlocked(at, key, passphrase_env)
    if file is None:
        now = seconds(datetime.now(UTC))
        fields = {
            **given,
            "target": at.target.name,
            "release": release or at.target.release or asked("release", "--release"),
            "role": bound.role,
            "name": bound.name,
            "statement": statement or asked("what do you state", "--statement"),
            "signed_at": now,
            "valid_until": now + timedelta(days=days),
        }
        at.refuse_secrets(fields)
        file = write(at.home.folder, _made(Attestation, fields), now)
    _sign(file, Attestation, at, signer)


def waive(
    key: KeyFile,
    item: ItemOrFile = "",
    target: TargetName = "lab",
    release: Annotated[str, typer.Option(help=f"the release that it is for, or {ANY!r}; {ASKED}")] = "",
    why: Annotated[str, typer.Option(help=f"why the release may go on although this item does not hold; {ASKED}")] = "",
    author: Annotated[str, typer.Option(help=f"who wants it, somebody else than you who approve; {ASKED}")] = "",
    ticket: Annotated[str, typer.Option(help=f"where the repair is tracked; {ASKED}")] = "",
    days: Days = 7,
    file: Existing = None,
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Approve a waiver with your key. One of a security item needs the security officer's signature too: --file."""
    at = place(target, item)
    item = _known(at, item, file, Waiver)
    if file is None and not at.checklist.by_id[item].waivable:
        raise BadInput(f"{item} cannot be waived: it has to hold")
    signer, bound = unlocked(at, key, passphrase_env)
    if file is None:
        now = seconds(datetime.now(UTC))
        fields = {
            "item": item,
            "target": at.target.name,
            "release": release or asked("release", "--release", default=ANY),
            "why": why or asked("why may the release go on", "--why"),
            "author": author or asked("who asks for it", "--author"),
            "approved_by": bound.name,
            "role": bound.role,
            "ticket": ticket or asked("ticket", "--ticket"),
            "created": now,
            "until": now + timedelta(days=days),
        }
        at.refuse_secrets(fields)
        file = write(at.home.folder, _made(Waiver, fields), now)
    _sign(file, Waiver, at, signer)


def _known(at: Place, item: str, file: Path | None, kind: type[Attestation] | type[Waiver]) -> str:
    """The item that is meant, asked for where none is given; of a file that is there, nothing but its own is."""
    if file is None:
        return at.checklist.named(item or asked("item", "ITEM")).id
    _check(file, kind, at)
    return item


def _figure(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise BadInput(f"{text!r} is no figure", field="--measured", suggestion="rto_minutes=42") from None


def _made(kind: type[Any], fields: dict[str, Any]) -> Any:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise BadInputs(
            [_wrong(str(one["loc"][0]) if one["loc"] else "", one["msg"]) for one in error.errors()]
        ) from None


def _wrong(field: str, message: str) -> BadInput:
    return BadInput(message.removeprefix("Value error, "), field=field)


def _sign(file: Path, kind: type[Attestation] | type[Waiver], at: Place, signer: CryptoSigner) -> None:
    """Check before signing, and say after it what is still missing."""
    _check(file, kind, at)
    at.refuse_secrets({file.name: file.read_text(encoding="utf-8")})
    try:
        envelope = sign_file(file, KINDS[kind], signer)
    except Refused as error:
        raise BadInput(
            str(error), file=file, suggestion=f"remove {file.name}.dsse.json and have it signed anew"
        ) from None
    typer.echo(f"{file}\n{envelope}")
    if kind is Waiver:
        waiver = read_one(file, Waiver, at.home.roles)
        missing = refusal(waiver, at.checklist)
        signers = waiver.signers
    else:
        signed = read_one(file, Attestation, at.home.roles)
        missing, signers = signed.refused or _not_the_owners(signed.says, at.checklist), signed.signers
    if missing:
        typer.echo(f"it counts for nothing yet: {missing}")
    for each in signers:
        typer.echo(f"signed by {each.words}")


def _not_the_owners(says: Attestation, checklist: Checklist) -> str:
    """Why a statement is none that the item asks for, where its owner states it or, of an acceptance, pilot users."""
    owner = checklist.by_id[says.item].owner
    if says.role in {owner, "pilot_user"}:
        return ""
    return f"{says.item} asks for a statement of the {in_words(owner)}, not of the {in_words(says.role)}"


def _check(file: Path, kind: type[Attestation] | type[Waiver], at: Place) -> None:
    """Raises BadInputs for what is wrong in a statement: nobody shall sign that."""
    if kind is Attestation:
        wrong = list(attestation_problems([read_one(file, Attestation, at.home.roles)], at.checklist, at.target.name))
    else:
        wrong = list(problems([read_one(file, Waiver, at.home.roles)], at.checklist, at.target.name))
    if wrong:
        raise BadInputs(wrong)
