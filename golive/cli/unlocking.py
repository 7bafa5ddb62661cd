"""A person's key at the command line: its options, whose it is, and its passphrase, asked for when all else is well."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from golive.cli.place import Place
from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence.roles import BoundKey, Role, in_words
from golive.target.secrets import SecretReference

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

KeyFile = Annotated[Path, typer.Option("--key", help="your private key, made by golive key new")]
PassphraseEnv = Annotated[
    str, typer.Option("--passphrase-env", help="environment variable with the key's passphrase; asked for without it")
]


def unlocked(
    at: Place, file: Path, variable: str, role: Role | None = None, why: str = ""
) -> tuple[CryptoSigner, BoundKey]:
    """The signer of a key, and whose it is; its passphrase is asked for once nothing else is wrong with it.

    ``role``: the only one that will do, and ``why``. Raises BadInput as ``keys.load``, for a stranger's key and for
    one of another role.
    """
    keys.locked(file)
    roles = at.home.roles
    if role and all(bound.role != role for bound in roles.keys):
        raise BadInput(
            f"binds no key to the {in_words(role)}, {why}", file=roles.path,
            suggestion=f"golive key new FILE --role {role} --name WHOSE prints a key's lines for it",
        )  # fmt: skip
    signer = keys.load(file, passphrase(variable))
    bound = roles.owner_of(signer.public_key.keyid)
    if bound is None:
        raise BadInput("binds your key to no role", file=roles.path, suggestion="add it by a reviewed change")
    if role and bound.role != role:
        raise BadInput(f"your key is of the {in_words(bound.role)}, not of the {in_words(role)}, {why}", file=file)
    return signer, bound


def passphrase(variable: str, *, confirm: bool = False) -> SecretStr:
    """The passphrase, from an environment variable or from the keyboard, never from the command line."""
    if variable:
        try:
            return SecretReference(env=variable).resolve()
        except LookupError as error:
            raise BadInput(str(error), field="--passphrase-env") from None
    if not _can_be_typed():
        raise BadInput(
            "the key's passphrase is needed, and there is no terminal to type it at: "
            "--passphrase-env NAME names the environment variable that holds it"
        )
    least = f" (at least {keys.SHORTEST_PASSPHRASE} characters)" if confirm else ""
    try:
        typed = typer.prompt(f"passphrase{least}", hide_input=True, confirmation_prompt=confirm, err=True)
    except typer.Abort:
        raise BadInput("no passphrase was typed", suggestion="without a terminal: --passphrase-env NAME") from None
    return SecretStr(typed)


def _can_be_typed() -> bool:
    """Whether getpass has a terminal that it can keep from showing what is typed: it takes this one, else stdin."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return os.isatty(0)
    return True
