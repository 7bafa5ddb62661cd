"""A real browser, driven by Playwright: headless, with a fresh profile, and gone when its work is.

With a private authority (``ca_file``) certificate errors are not ignored. The chain of every server that the browser
may talk to is verified first, by golive's own TLS client and against that authority (``pins.verified_pin``); Chromium
is then told the keys of just these servers (``--ignore-certificate-errors-spki-list``), so that it accepts those that
were verified and no other.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psutil

from golive.clients.browser_find import SYSTEM, find
from golive.clients.deadlines import within
from golive.clients.words import clean
from golive.errors import LabUnavailable, ProtocolBroken
from golive.waiting import Deadline

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright

T = TypeVar("T")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TELLTALES = ("DEBUG", "DEBUGP", "PWDEBUG")
"""Of the environment: Playwright would write down what it types, passwords included, or open a window."""
_PATIENCE = 3.0
_PREFIX = "golive-browser-"


@dataclass
class Window:
    """What the work sees of the browser. ``state`` is what a passed deadline reports: keep it to date."""

    context: BrowserContext
    version: str
    deadline: Deadline
    _state: list[str]

    def note(self, state: str) -> None:
        """Say how far the work has come."""
        self._state[0] = state


@dataclass(frozen=True)
class Look:
    """How a page is looked at: size in CSS pixels, and the keys that are accepted without an authority's word."""

    pins: Sequence[str] = ()
    width: int = 1280
    height: int = 800
    language: str = "en"


def _own_folder() -> str:
    """A fresh folder that carries this process's number; those of processes that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")


@dataclass
class _Driver:
    """Playwright's own process, the browser below it, and the folder where both keep their files."""

    before: frozenset[int] = field(default_factory=lambda: frozenset(child.pid for child in _children()))
    folder: str = field(default_factory=_own_folder)

    def end(self) -> None:
        """End whatever was begun since, politely first, and remove its files. Nothing more where all is gone."""
        begun = [child for child in _children() if child.pid not in self.before and _is_driver(child)]
        below = [each for child in begun for each in _below(child)]
        for child in begun:
            with contextlib.suppress(psutil.Error):
                child.terminate()
        _, alive = psutil.wait_procs([*begun, *below], timeout=_PATIENCE)
        for each in alive:
            with contextlib.suppress(psutil.Error):
                each.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def browse(look: Look, deadline: Deadline, work: Callable[[Window], T]) -> T:
    """What ``work`` gives, done in a fresh browser; TimedOut with its last state once the deadline has passed.

    Raises LabUnavailable where there is no browser or no Playwright, ProtocolBroken where the browser fails. The work
    may raise its own errors; Playwright's are turned into typed ones without what was typed.
    """
    found = find()
    _require_playwright()
    state = ["starting the browser"]
    driver = _Driver()

    def run() -> T:
        from playwright.sync_api import Error

        try:
            with (
                _playwright(driver.folder) as playwright,
                _context(playwright, str(found.path), look, deadline) as context,
            ):
                version = context.browser.version if context.browser else ""
                return work(Window(context, f"{found.path.name} {version}", deadline, state))
        except Error as error:
            words = first_line(error)
        # Raised out here, so that nothing of Playwright's, which quotes what it typed, hangs on to it.
        raise ProtocolBroken(SYSTEM, f"{words}; last state: {state[0]}", hint="golive browser; does it start by hand?")

    return within(deadline, run, state=lambda: state[0], abandon=driver.end)


@contextlib.contextmanager
def _context(playwright: Playwright, path: str, look: Look, deadline: Deadline) -> Iterator[BrowserContext]:
    browser = playwright.chromium.launch(
        executable_path=path,
        headless=True,
        args=[*FLAGS, *_pinned(look.pins)],
        chromium_sandbox=os.geteuid() != 0,  # Chromium has no sandbox for root
        timeout=deadline.remaining * 1000,
    )
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height}, locale=look.language, service_workers="block"
    )
    try:
        yield context
    finally:
        browser.close()


def _pinned(pins: Sequence[str]) -> list[str]:
    return [f"--ignore-certificate-errors-spki-list={','.join(sorted(set(pins)))}"] if pins else []


@contextlib.contextmanager
def _playwright(folder: str) -> Iterator[Playwright]:
    from playwright.sync_api import sync_playwright

    before = {name: os.environ.pop(name, None) for name in (*_TELLTALES, "TMPDIR")}
    os.environ["TMPDIR"] = folder
    try:
        manager = sync_playwright()
        playwright = manager.__enter__()
    finally:
        del os.environ["TMPDIR"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
    try:
        yield playwright
    finally:
        manager.__exit__()


def first_line(error: Exception) -> str:
    """What Playwright's error says, without its log of calls and what URLs in it may hold."""
    return clean((str(error).splitlines() or [type(error).__name__])[0])


def _require_playwright() -> None:
    try:
        import playwright.sync_api  # noqa: F401 - an optional package
    except ImportError:
        words = "a browser is driven by the package playwright, which is not installed"
        raise LabUnavailable(SYSTEM, words, hint="pip install 'golive[functional]'") from None


def _children() -> list[psutil.Process]:
    return psutil.Process().children()


def _below(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def _is_driver(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return any("playwright" in part for part in process.cmdline())
    return False
