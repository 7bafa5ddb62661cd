"""Makes the pictures of the decision page in docs/: all 102 items in a failing world, on a desk, on a phone, on paper.

    python -m selftests.pages.pictures [FOLDER]

The page is opened in a real browser; each picture is the first screen, or the first sheet, and no more.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from golive import checklist as checklists
from golive.clients.browser_find import find
from golive.report import of_record
from selftests.pages import failing

DOCS = failing.ROOT / "docs"
SIZES = {"decision-1280.png": (1280, 900), "decision-400.png": (400, 860)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAPER = "decision-paper.png"


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DOCS)
    folder: Path = parser.parse_args().folder
    text = of_record.render(failing.record(), checklists.load(failing.ROOT / "checklist.toml"))
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        page = Path(scratch) / "decision.html"
        page.write_text(text, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=str(find().path), args=FLAGS)
        for name, (width, height) in SIZES.items():
            _first_screen(browser, page, folder / name, width, height)
        _first_sheet(browser, page, folder / PAPER)
        browser.close()


def _first_screen(browser: Browser, page: Path, picture: Path, width: int, height: int) -> None:
    opened = browser.new_page(viewport={"width": width, "height": height})
    opened.goto(page.as_uri())
    opened.screenshot(path=picture)
    opened.close()


def _first_sheet(browser: Browser, page: Path, picture: Path) -> None:
    """As it is laid out for print, on the inner 182 mm x 269 mm of A4."""
    opened = browser.new_page(viewport={"width": 688, "height": 1017})
    opened.emulate_media(media="print")
    opened.goto(page.as_uri())
    opened.screenshot(path=picture)
    opened.close()


if __name__ == "__main__":
    main()
