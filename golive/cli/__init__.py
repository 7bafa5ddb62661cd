"""The ``golive`` command. Each group of subcommands is a module; installed packages add theirs by entry point."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from golive.cli import browser, checklist, clean, decide, diff, key, ledger, plan, rehearse, state, target
from golive.errors import BadInput

USAGE = 2

app = typer.Typer(
    help="A production deployment checklist as pytest tests: may this release go live?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("abort")(rehearse.abort)
app.command("attest")(state.attest)
app.command("browser")(browser.browser)
app.command("checklist")(checklist.show)
app.command("clean")(clean.clean)
app.command("decide")(decide.decide)
app.command("diff")(diff.diff)
app.command("enter")(ledger.enter)
app.command("explain")(ledger.explain)
app.command("ledger")(ledger.show)
app.command("plan")(plan.show)
app.command("reason")(ledger.reason)
app.command("sign")(decide.sign)
app.command("verify")(decide.verify)
app.command("waive")(state.waive)
app.add_typer(key.app, name="key")
app.add_typer(rehearse.app, name="rehearse")
app.add_typer(target.app, name="target")
for _entry in entry_points(group="golive.commands"):
    app.add_typer(_entry.load(), name=_entry.name)


def main() -> None:
    """Run the command; bad input is one screen on stderr and exit status 2."""
    try:
        app()
    except BadInput as error:
        sys.stderr.write(f"golive: {error}\n")
        sys.exit(USAGE)
