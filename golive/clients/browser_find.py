"""Which browser there is: a Chromium or Chrome of this machine's, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from golive.errors import LabUnavailable

SYSTEM = "browser"
VARIABLE = "GOLIVE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PLAYWRIGHTS_OWN = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/chrome-*/*headless*shell",
)
_VERSION_SECONDS = 20.0


@dataclass(frozen=True)
class Found:
    """A browser's program, and how it came to be chosen."""

    path: Path
    chosen: str


def find() -> Found:
    """The browser to use. Raises LabUnavailable, with how to get one, where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        if not _runs(Path(named)):
            raise LabUnavailable(
                SYSTEM, f"{VARIABLE}={named} is no program that can be run", hint=f"correct {VARIABLE}"
            )
        return Found(Path(named), VARIABLE)
    for name in NAMES:
        program = shutil.which(name)
        if program:
            return Found(Path(program), "PATH")
    places = {"applications": map(Path, MAC_APPLICATIONS), "Playwright's own": _playwrights_own()}
    for chosen, paths in places.items():
        for path in filter(_runs, paths):
            return Found(path, chosen)
    raise LabUnavailable(
        SYSTEM,
        f"no browser found: {VARIABLE} is not set, none of {', '.join(NAMES)} is on PATH, Playwright has none",
        hint=f"golive browser --install, or {VARIABLE}=/path/to/chromium",
    )


def version(found: Found) -> str:
    """What the program says of itself, as ``Chromium 140.0``. Raises LabUnavailable where it does not run."""
    try:
        said = subprocess.run(
            [found.path, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        words = f"{found.path} --version failed: {type(error).__name__}"
        raise LabUnavailable(SYSTEM, words, hint="run it by hand; a library may be missing") from error
    return " ".join(said.stdout.split())


def _playwrights_own() -> list[Path]:
    """The browsers that Playwright has fetched, the newest first."""
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    default = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    folder = Path(home) if home else default
    return [path for pattern in _PLAYWRIGHTS_OWN for path in sorted(folder.glob(pattern), reverse=True)]


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
