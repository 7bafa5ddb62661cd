"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

MOST_SHOWN = 5
"""Names in a message."""


def by_nearness(word: str, known: Iterable[str]) -> list[str]:
    """All known words, those spelled most alike first; of two that are as near, the later in the alphabet."""
    return sorted(known, key=lambda each: (difflib.SequenceMatcher(None, word, each).ratio(), each), reverse=True)


def some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is spelled most alike; empty where none is alike."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean 'staging'?``; empty where nothing known is spelled like it."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else ""
