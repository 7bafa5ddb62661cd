"""``golive key``: keys of the people who attest, waive and sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer
from pydantic import SecretStr

from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence.roles import Role
from golive.target.secrets import SecretReference

app = typer.Typer(help="Make keys to sign with.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Option("--key", help="your private key, made by golive key new")]
PassphraseEnv = Annotated[
    str, typer.Option("--passphrase-env", help="environment variable with the key's passphrase; asked for without it")
]


@app.callback()
def _group() -> None:
    """Keep ``new`` a subcommand although it is the only one."""


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="where the private key is written, readable by you alone")],
    role: Annotated[str, typer.Option(help="the role that the key shall speak for")] = "engineering_lead",
    name: Annotated[str, typer.Option(help="whose key it is")] = "",
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Make an ed25519 key; print the lines by which a role map binds it to a role."""
    if role not in get_args(Role):
        raise BadInput(f"no role {role!r}", field="--role", suggestion=f"one of: {', '.join(get_args(Role))}")
    public = keys.new(file, passphrase(passphrase_env, confirm=True))
    typer.echo(f"private key: {file}; only you may read it, and only with its passphrase", err=True)
    typer.echo("for the role map of the target, by a reviewed change:", err=True)
    typer.echo(f'[[key]]\nrole = "{role}"\nname = "{name or "WHOSE"}"\npublic = "{public}"')


def passphrase(variable: str, *, confirm: bool = False) -> SecretStr:
    """The passphrase, from an environment variable or from the keyboard, never from the command line."""
    if variable:
        try:
            return SecretReference(env=variable).resolve()
        except LookupError as error:
            raise BadInput(str(error), field="--passphrase-env") from None
    try:
        return SecretStr(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
    except typer.Abort:
        raise BadInput("no passphrase was typed", suggestion="without a terminal: --passphrase-env NAME") from None
