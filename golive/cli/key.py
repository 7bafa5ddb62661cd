"""``golive key``: keys of the people who attest, waive and sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from golive.cli.unlocking import PassphraseEnv, passphrase
from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence.roles import Role

app = typer.Typer(help="Make keys to sign with.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``new`` a subcommand although it is the only one."""


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="where the private key is written, readable by you alone")],
    role: Annotated[
        str, typer.Option(help=f"whom the key shall speak for, one of: {', '.join(get_args(Role))}")
    ] = "engineering_lead",
    name: Annotated[str, typer.Option(help="the name of whom it belongs to; yours to fill in below without it")] = "",
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Make an ed25519 key; print the lines by which a role map binds it to a role."""
    if role not in get_args(Role):
        raise BadInput(f"no role {role!r}", field="--role", suggestion=f"one of: {', '.join(get_args(Role))}")
    keys.untaken(file)
    public = keys.new(file, passphrase(passphrase_env, confirm=True))
    typer.echo(f"private key: {file}; only you may read it, and only with its passphrase", err=True)
    typer.echo("for the role map of the target, by a reviewed change:", err=True)
    typer.echo(f'[[key]]\nrole = "{role}"\nname = "{name or "WHOSE"}"\npublic = "{public}"')
