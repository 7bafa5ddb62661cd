"""``golive decide``, ``sign`` and ``verify``: may this release pass a gate, and who says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from golive.checklist import Owner
from golive.cli.ledger import ReleaseName
from golive.cli.place import Place, place
from golive.cli.releases import is_left, named, next_steps, say_next, unknown
from golive.cli.state import TargetName
from golive.cli.unlocking import KeyFile, PassphraseEnv, passphrase, unlocked
from golive.decision import Verdict
from golive.errors import BadInput
from golive.evidence import gates, intoto, keys, signoff
from golive.evidence.chain import Broken
from golive.evidence.envelope import seal
from golive.evidence.gates import GATES, WHOLE
from golive.evidence.ledger import ledger
from golive.evidence.record import sha256_of
from golive.evidence.roles import OWNERS, in_words
from golive.evidence.verification import Answer, Question, answer, needs_signatures, unsigned
from golive.report import of_ledger
from golive.wholefile import write_whole

EXIT: dict[Verdict, int] = {Verdict.GO: 0, Verdict.NO_GO: 10, Verdict.INCOMPLETE: 11}
REFUSED = 10
GateName = Annotated[str, typer.Option(help=f"what the release is to pass, one of: {', '.join(gates.GATES)}")]
Page = Annotated[Path | None, typer.Option(help="write the decision to this file, too, as a page in HTML")]


def decide(
    gate: GateName = WHOLE,
    target: TargetName = "lab",
    release: ReleaseName = "",
    page: Page = None,
) -> None:
    """Say from its ledger whether a release may pass a gate. Exit: 0 GO, 10 NO-GO, 11 INCOMPLETE, 2 wrong usage."""
    gates.named(gate)
    answered = _answer(_question(place(target), gate, release), signed=False)
    _print(answered)
    if page is not None:
        write_whole(page, of_ledger.render(answered))
    if answered.against and answered.decision.verdict is Verdict.GO:
        raise typer.Exit(REFUSED)
    raise typer.Exit(EXIT[answered.decision.verdict])


def sign(
    role: Annotated[str, typer.Option(help=f"as whom you sign, one of: {', '.join(OWNERS)}")],
    key: KeyFile,
    gate: GateName = WHOLE,
    target: TargetName = "lab",
    release: ReleaseName = "",
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Sign a gate's GO as one of the four roles: everything that is in the ledger, as it is now."""
    gates.named(gate)
    owner = _owner(role)
    at = place(target)
    keys.locked(key)
    asked = _question(at, gate, release)
    answered = _answer(asked, signed=False)
    decision = unsigned(answered)
    if decision.verdict is not Verdict.GO or answered.against:
        _print(answered)
        raise BadInput(f"there is no GO to sign: {decision.words}", suggestion="golive decide says what is missing")
    signer, bound = unlocked(at, key, passphrase_env, owner, "as which you sign")
    path = signoff.sign(asked.expected, owner, decision.words, signer)
    typer.echo(f"{bound.words} signs gate {gate}: {decision.words}\nledger {asked.ledger.digest}\n{path}")


def verify(
    gate: GateName = WHOLE,
    target: TargetName = "lab",
    release: ReleaseName = "",
    summary: Annotated[
        Path | None, typer.Option(help="write what was verified to this file (a SLSA verification summary)")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="private key that signs the file of --summary")] = None,
    passphrase_env: PassphraseEnv = "",
    *,
    signed: Annotated[
        bool, typer.Option("--signed", help="ask for the four roles' signatures at a gate, too, that needs none")
    ] = False,
    holds_for: Annotated[float, typer.Option(help="it must still hold after so many hours", min=0, max=8760)] = 0,
) -> None:
    """Check everything offline: chain, digests, signatures, expiry, required set, decision. Exit 0 only for GO."""
    gates.named(gate)
    if key is not None:
        if summary is None:
            raise BadInput(
                "a key signs the file of --summary, and there is none", field="--key", suggestion="--summary FILE"
            )
        keys.locked(key)
    asked = _question(place(target), gate, release)
    until = asked.now + timedelta(hours=holds_for)
    answered = _answer(asked, signed=signed or needs_signatures(gate), until=until)
    for words in answered.against:
        typer.echo(f"no: {words}")
    _print(answered)
    if summary is not None:
        statement = json.dumps(answered.summary(), indent=1)
        text = (
            seal(statement.encode(), intoto.PAYLOAD, keys.load(key, passphrase(passphrase_env))) if key else statement
        )
        write_whole(summary, text)
    if answered.good:
        typer.echo(f"verified: {asked.ledger.release} may pass {gate}")
        return
    raise typer.Exit(EXIT[answered.decision.verdict] or REFUSED)


def _question(at: Place, gate: str, release: str) -> Question:
    found = ledger(at.home.folder, at.target.name, named(at.home.folder, at.target, release), at.home.roles)
    roles = at.home.roles.path
    return Question(
        found, gate, at.checklist, sha256_of(at.root / "checklist.toml"),
        sha256_of(roles) if roles.exists() else "0" * 64, datetime.now(UTC), at.root, at.tested,
    )  # fmt: skip


def _answer(asked: Question, *, signed: bool, until: datetime | None = None) -> Answer:
    """The answer; a ledger that is not whole is a refusal, in one line."""
    try:
        return answer(asked, signed=signed, until=until)
    except Broken as error:
        typer.echo(f"no: the ledger of {asked.ledger.release} proves nothing: {error}")
        raise typer.Exit(REFUSED) from None


def _print(answered: Answer) -> None:
    asked = answered.question
    for stands in answered.items:
        entry = stands.finding
        if entry is None or entry.outcome in {"FAIL", "UNKNOWN"}:
            seen = entry.headline if entry else "NOT ASKED"
            unseen = (
                stands.remark if is_left(stands) else stands.told
            )  # the commands for those that are left come below
            says = (entry.message.splitlines() or [""])[0] if entry and stands.look else unseen
            typer.echo(f"{seen}  {stands.item.id} ({in_words(stands.item.owner)})  {says}")
    for waiver in answered.standing.waivers:
        if waiver.item in {stands.item.id for stands in answered.items}:
            typer.echo(f"WAIVED  {waiver.item} until {waiver.until[:16]}Z hides {waiver.hides.splitlines()[0]}")
    for turn in answered.standing.turned:
        typer.echo(turn.words)
    typer.echo(f"{asked.gate}: {answered.decision.words}, release {asked.ledger.release} on {asked.ledger.target}")
    steps = next_steps(asked.ledger, answered.items, asked.gate)
    say_next(unknown(asked.ledger, GATES[asked.gate].begins), steps)


def _owner(role: str) -> Owner:
    for owner in OWNERS:
        if owner == role:
            return owner
    raise BadInput(f"{role!r} is none of the four roles", field="--role", suggestion=f"one of: {', '.join(OWNERS)}")
