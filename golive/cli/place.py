"""What the commands about evidence share: the project, its target, and the target's evidence folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from golive import catalogue
from golive import checklist as checklists
from golive.checklist import Checklist
from golive.errors import BadInput
from golive.evidence.home import Home, home
from golive.project import root
from golive.provider import kept
from golive.redact import Redactor
from golive.target import Target
from golive.target.load import find, secrets_of


@dataclass(frozen=True)
class Place:
    """A project, one of its targets and that target's evidence."""

    root: Path
    checklist: Checklist
    target: Target
    home: Home

    @property
    def tested(self) -> frozenset[str] | None:
        """The items that have a test by now; None where a test file cannot be read."""
        try:
            return frozenset(catalogue.tests_of(self.root, self.checklist))
        except BadInput:
            return None

    def refuse_secrets(self, texts: Mapping[str, object]) -> None:
        """Raises BadInput, by name and never by value, for a text that holds a secret of the target."""
        redact = Redactor(secrets_of(self.target))
        for name, text in texts.items():
            if redact(str(text)) != str(text):
                raise BadInput("holds a secret of the target, and would be kept in the open", field=name)


def place(name: str, item: str = "") -> Place:
    """The evidence of a target; for a provider's, of what is kept up.

    Raises BadInput where it has none; before, where the ``item`` that a command was given is none.
    """
    folder = root(Path.cwd())
    checklist = checklists.load(folder / "checklist.toml")
    if item:
        checklist.named(item)
    file = find(name, folder / "targets")
    target = file.target
    if target.provider:
        overlay = kept(target.provider, target.name, target.provider_options)
        if overlay is None:
            raise BadInput(
                f"{name}: nothing is kept up, so there is no evidence folder",
                suggestion=f"golive {target.provider} up --name {name}",
            )
        target = file.with_overlay(overlay)
    if target.evidence is None:
        raise BadInput("the target has no table [evidence]", file=file.path, suggestion='folder = "…", roles = "…"')
    return Place(folder, checklist, target, home(target.evidence, folder))
