"""The grammar of ``-m`` over a checklist: which items an expression of phases and sections means."""

from __future__ import annotations

from collections.abc import Collection

from _pytest.mark.expression import Expression  # the grammar of -m; pytest offers no public face for it

from golive.checklist import Checklist, Item
from golive.errors import BadInput
from golive.nearest import did_you_mean


def names_in(expression: str) -> frozenset[str]:
    """The names that an expression uses. Raises BadInput where it is none."""
    try:
        return frozenset(Expression.compile(expression).idents()) if expression else frozenset()
    except SyntaxError as error:
        raise BadInput(f"-m {expression!r}: {error}") from None


def check_names(expression: str, known: Collection[str], listed_by: str) -> None:
    """Raise BadInput for a name that nothing has: ``-m smok`` must never quietly select nothing, or everything."""
    for name in sorted(names_in(expression) - set(known)):
        hint = did_you_mean(name, known) or f"`{listed_by}` lists them"
        raise BadInput(f"-m {expression!r}: there is no marker {name!r}", suggestion=hint)


def meant(checklist: Checklist, expression: str) -> frozenset[str]:
    """Ids of the items whose markers satisfy the expression."""
    compiled = Expression.compile(expression)

    def means(item: Item) -> bool:
        def matches(name: str, /, **arguments: str | int | bool | None) -> bool:
            return name in item.markers and not arguments

        return compiled.evaluate(matches)

    return frozenset(item.id for item in checklist.items if means(item))
