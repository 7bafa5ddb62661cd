"""Get a browser onto this machine, by whichever way the machine allows."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from golive.clients.browser_find import Found, find
from golive.errors import LabUnavailable

Tell = Callable[[str], None]
_SECONDS = 900.0


def install(tell: Tell) -> Found:
    """The browser that is there, or that could be installed; ``tell`` hears every step.

    Raises LabUnavailable, with what was tried, where this machine allows neither way.
    """
    try:
        return find()
    except LabUnavailable as missing:
        tell(missing.message)
    tried = []
    for words, command, environment in _ways():
        tell(f"trying: {words}")
        status = _run(command, environment)
        if status == 0:
            return find()
        tried.append(f"{words} ended with {status}")
        tell(tried[-1])
    what = "; ".join(tried) or "this is no Debian where one may install as root, and Playwright is not there"
    hint = "install Chromium by the system's own means, then: golive browser; or pip install 'golive[functional]'"
    raise LabUnavailable("browser", f"none could be installed: {what}", hint=hint)


def _ways() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """What may help here: in words, the command, and what it needs in its environment."""
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        yield "apt-get install chromium", [apt, "install", "-y", "--no-install-recommends", "chromium"], environment
    if importlib.util.find_spec("playwright") is not None:
        yield "playwright install chromium", [sys.executable, "-m", "playwright", "install", "chromium"], {}


def _run(command: list[str], environment: dict[str, str]) -> int | str:
    """Its exit status; its output is the user's to see. A word where it has none."""
    try:
        return subprocess.run(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False
        ).returncode
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__
