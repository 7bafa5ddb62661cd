"""The run's one window: opened once, shared, and broken off without anything left running."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from golive.errors import Interrupted, Reason, TimedOut, Unreachable
from golive.load.window import Course, Json, Watcher, Windows
from golive.progress import MovingLine


class Looks(Watcher):
    """Counts its steps in the order in which they are made."""

    name = "looks"

    def __init__(self, during: Callable[[Course], object] = lambda _: None) -> None:
        self.steps: list[str] = []
        self._during = during

    def before(self, _: Course) -> None:
        self.steps.append("before")

    def during(self, course: Course) -> None:
        self.steps.append("during")
        self._during(course)

    def after(self) -> Json:
        self.steps.append("after")
        return {"steps": list(self.steps)}


class Cannot(Looks):
    name = "cannot"

    def before(self, _: Course) -> None:
        raise Unreachable("metrics", "refused", hint="is it up?")


class Shown(MovingLine):
    """Keeps what was shown."""

    def __init__(self, on_show: Callable[[str], None] = lambda _: None) -> None:
        self.lines: list[str] = []
        self._on_show = on_show

    def show(self, words: str) -> None:
        self.lines.append(words)
        self._on_show(words)

    def end(self, words: str) -> None:
        self.lines.append(words)


def windows(
    folder: Path, *watchers: Watcher, shown: Shown | None = None, needs: Sequence[frozenset[str]] = ()
) -> Windows:
    return Windows(folder, 0.0, watchers, shown or Shown(), "a window opens", needs)


def test_every_watcher_looks_before_during_and_after(tmp_path: Path) -> None:
    seen = windows(tmp_path, Looks()).current(1).of("looks")
    assert seen["steps"] == ["before", "during", "after"]


def test_the_next_who_asks_gets_the_same_window(tmp_path: Path) -> None:
    first, second = Looks(), Looks()
    window = windows(tmp_path, first).current(1)
    assert windows(tmp_path, second).current(1) == window
    assert second.steps == []


def test_two_who_ask_at_once_open_it_once(tmp_path: Path) -> None:
    watchers = [Looks(lambda course: course.stop.wait(0.3)) for _ in range(4)]
    with ThreadPool(4) as pool:
        found = pool.map(lambda watcher: windows(tmp_path, watcher).current(10), watchers)
    assert sorted(len(watcher.steps) for watcher in watchers) == [0, 0, 0, 3]
    assert {window.began for window in found} == {found[0].began}


def test_who_could_not_look_spoils_only_what_it_saw(tmp_path: Path) -> None:
    broken, good = Cannot(), Looks()
    windows(tmp_path, broken, good).current(1)
    window = windows(tmp_path, Cannot()).current(1)  # as another worker reads it
    assert window.of("looks")["steps"] == ["before", "during", "after"]
    assert broken.steps == []
    with pytest.raises(Unreachable, match="metrics: refused") as raised:
        window.of("cannot")
    assert (raised.value.reason, raised.value.hint) == (Reason.UNREACHABLE, "is it up?")


def test_a_window_of_which_no_item_could_see_anything_is_not_opened(tmp_path: Path) -> None:
    good, shown = Looks(), Shown()
    needs = [frozenset({"cannot"}), frozenset({"cannot", "looks"})]
    window = windows(tmp_path, good, Cannot(), shown=shown, needs=needs).current(1)
    assert (good.steps, window.seconds) == (["before"], 0)
    assert shown.lines == ["a window opens", "the window is not opened: nothing of it could be seen"]
    for name in ("cannot", "looks"):
        with pytest.raises(Unreachable, match="metrics: refused"):
            window.of(name)


class Refused(Looks):
    name = "refused"

    def before(self, _: Course) -> None:
        raise Unreachable("logs", "no such index")


def test_each_item_of_a_window_that_is_not_opened_names_its_own_cause(tmp_path: Path) -> None:
    needs = [frozenset({"refused"}), frozenset({"cannot", "looks"})]
    window = windows(tmp_path, Refused(), Cannot(), Looks(), needs=needs).current(1)
    for name, cause in {"refused": "logs: no such index", "cannot": "metrics: refused", "looks": "refused"}.items():
        with pytest.raises(Unreachable, match=cause):
            window.of(name)


def test_a_window_of_which_one_item_may_see_something_is_opened(tmp_path: Path) -> None:
    good = Looks()
    windows(tmp_path, good, Cannot(), needs=[frozenset({"cannot"}), frozenset({"looks"})]).current(1)
    assert good.steps == ["before", "during", "after"]


def test_what_is_going_on_is_told_while_it_goes_on(tmp_path: Path) -> None:
    shown = Shown()

    def during(course: Course) -> None:
        course.say("load", "120 requests")
        course.stop.wait(0.5)

    windows(tmp_path, Looks(during), shown=shown).current(1)
    assert shown.lines == ["a window opens", "120 requests", "120 requests; the window is over"]


def test_a_window_that_is_broken_off_stops_its_watchers_and_leaves_no_result(tmp_path: Path) -> None:
    stopped = threading.Event()

    def during(course: Course) -> None:
        course.say("load", "under way")
        if course.stop.wait(20):
            stopped.set()

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        windows(tmp_path, Looks(during), shown=Shown(interrupt)).current(1)
    assert stopped.is_set()
    again = Looks()
    windows(tmp_path, again).current(1)
    assert again.steps == ["before", "during", "after"]


class Lingers(Looks):
    """Waits, once the window is over, for what does not come."""

    def during(self, course: Course) -> None:
        self.course = course

    def after(self) -> Json:
        self.course.say("logs", "waiting for the last records")
        self.steps.append("stopped" if self.course.stop.wait(20) else "waited")
        return {}


def test_what_is_waited_for_after_the_window_is_broken_off_too(tmp_path: Path) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    watcher = Lingers()
    with pytest.raises(KeyboardInterrupt):
        windows(tmp_path, watcher, shown=Shown(interrupt)).current(1)
    assert watcher.steps == ["before", "stopped"]


def test_who_waits_for_anothers_window_does_not_wait_for_ever(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def during(_: Course) -> None:
        begun.set()
        go_on.wait(20)

    with ThreadPool(1) as pool:
        first = pool.apply_async(windows(tmp_path, Looks(during)).current, (1,))
        assert begun.wait(20)
        with pytest.raises(TimedOut, match="another worker"):
            windows(tmp_path, Looks()).current(0.3)
        go_on.set()
        assert first.get(20).seen


def test_a_window_that_a_watcher_breaks_off_decides_nothing_whatever_was_seen(tmp_path: Path) -> None:
    class Minds(Looks):
        name = "minds"

    minds = Minds(lambda course: course.break_off("the load was broken off after 3 s: users suffer"))
    window = windows(tmp_path, minds, Looks(lambda course: course.wait_for_end()), Cannot()).current(5)
    with pytest.raises(Interrupted, match="users suffer"):
        window.of("looks")
    with pytest.raises(Unreachable):
        window.of("cannot")
