"""What --help says: each option is explained, and no other is named than those that the command has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from golive.cli import app


def commands(command: Any, name: str = "golive") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name."""
    below = getattr(command, "commands", {})
    for word, each in below.items():
        yield from commands(each, f"{name} {word}")
    if not below:
        yield name, command


COMMANDS = dict(commands(get_command(app)))


def test_every_option_of_every_command_is_explained() -> None:
    assert {"golive attest", "golive key new", "golive lab up"} <= COMMANDS.keys()
    assert [
        f"{name} {each.name}" for name, command in COMMANDS.items() for each in command.params if not each.help
    ] == []


def test_no_help_names_an_option_that_the_command_does_not_have() -> None:
    named = {
        name: {
            word for text in (command.help, *(each.help for each in command.params)) for word in OPTION.findall(text)
        }
        for name, command in COMMANDS.items()
    }
    assert "--file" in named["golive attest"]
    has = {name: {word for each in command.params for word in each.opts} for name, command in COMMANDS.items()}
    assert {name: words - has[name] for name, words in named.items() if words - has[name]} == {}


OPTION = re.compile(r"--[a-z][a-z-]+")
