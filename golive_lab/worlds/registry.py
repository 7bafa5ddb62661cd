"""A world is a context manager over a running lab: it changes a server, and undoes that when it is left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from golive_lab.control import LabHandle

World = Callable[[LabHandle], AbstractContextManager[None]]

WORLDS: dict[str, World] = {}
"""Every bad world by name; the files of ``proofs`` name them."""


def world(function: World) -> World:
    """Register a world under its function's name."""
    name = function.__name__
    if name in WORLDS:
        raise ValueError(f"two worlds are called {name}")
    WORLDS[name] = function
    return function
