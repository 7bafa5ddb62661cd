"""A total deadline over a blocking call of a library that has none, or only one for each read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from golive.waiting import Deadline

T = TypeVar("T")


def within(
    deadline: Deadline,
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

    threading.Thread(target=run, name=f"{deadline.system}: {deadline.name}", daemon=True).start()
    try:
        value, error = results.get(timeout=deadline.remaining)
    except queue.Empty:
        raise deadline.expired(state()) from None
    finally:
        abandon()
    if error is not None:
        raise error
    return value  # type: ignore[return-value] # work's own result, which may well be None
