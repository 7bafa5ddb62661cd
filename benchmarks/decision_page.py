"""How large the decision page is, and how long a real browser takes until it has drawn it.

    python -m benchmarks.decision_page --rounds 7

Each round opens, one after the other, each in a page of its own: an empty page, the failing world of all 102 items,
and 500 items of much evidence. Printed are bytes, median seconds from the start of the navigation until the second
frame after all is loaded, and how many times those of the empty page they are. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from golive import checklist as checklists
from golive.clients.browser_find import find
from golive.report import of_record
from selftests.pages import failing
from selftests.pages.many import of_items
from selftests.pages.pictures import FLAGS

EMPTY = "<!doctype html><title>empty</title><p>empty"
DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
    () => done(performance.now() / 1000))))"""
"""performance.now() counts from the start of the navigation."""


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    pages = {
        "an empty page": EMPTY,
        "102 items, a failing world": of_record.render(
            failing.record(), checklists.load(failing.ROOT / "checklist.toml")
        ),
        "500 items of much evidence": of_record.render(*of_items(500)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in pages}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(find().path), args=FLAGS)
        for _ in range(rounds):
            for number, (name, text) in enumerate(pages.items()):
                seconds[name].append(_drawn(browser, Path(folder) / f"{number}.html", text))
        browser.close()
    bare = statistics.median(seconds["an empty page"])
    for name, values in seconds.items():
        middle, size = statistics.median(values), len(pages[name].encode())
        sys.stdout.write(
            f"{name:<28} {size:>8} bytes {middle:6.2f} s ({max(values):.2f} at most) {middle / bare:5.1f}x\n"
        )


def _drawn(browser: Browser, file: Path, text: str) -> float:
    file.write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    seconds: float = page.evaluate(DRAWN)
    page.close()
    return seconds


if __name__ == "__main__":
    main()
