"""Deadlines of clients: named, with a hint, and total also over a library that only limits each read."""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from golive.waiting import Deadline

T = TypeVar("T")


def client_deadline(system: str, name: str, seconds: float) -> Deadline:
    """A deadline of a client, from now on; passing it says what to look at next."""
    return Deadline(system, name, seconds, hint="frozen or overloaded? Or does something on the way drop packets?")


def loaded_first(*libraries: str) -> None:
    """Import what a call will use, ahead of its deadline: seconds on a busy machine, in which no server was asked."""
    for name in libraries:
        importlib.import_module(name)


def within(
    limit: Deadline,
    work: Callable[[], T],
    *,
    state: Callable[[], str] = lambda: "no answer yet",
    abandon: Callable[[], None] = lambda: None,
) -> T:
    """The result of ``work``, or whatever it raised; TimedOut with ``state()`` once the deadline has passed.

    The work runs in a thread of its own. ``abandon`` is called when nobody waits for it any more, however that came:
    it must end the work by shutting its sockets, and do nothing where there are none. The thread never keeps the
    process alive.
    """
    results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            results.put((None, error))

    threading.Thread(target=run, name=f"{limit.system}: {limit.name}", daemon=True).start()
    try:
        value, error = results.get(timeout=limit.remaining)
    except queue.Empty:
        raise limit.expired(state()) from None
    finally:
        abandon()
    if error is not None:
        raise error
    return value  # type: ignore[return-value] # work's own result, which may well be None
