"""The page that people decide from: what stands against GO first, nothing foreign runs in it, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from golive import checklist as checklists
from golive.checklist import Checklist
from golive.clients.browser_find import find
from golive.evidence.record import EvidenceEntry, FindingEntry, Record
from golive.report import of_record
from golive.report.decision_page import MOST_BYTES
from selftests.unit.test_texts import FOUND, finding, record

ROOT = Path(__file__).parents[2]
CHECKLIST = checklists.load(ROOT / "checklist.toml")
PAYLOADS = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "</style><script>document.title='ran'</script>",
    "</pre></details><svg onload=document.title='ran'>",
    "{{ 7 * 7 }}{% for x in page %}",
    "javascript:document.title='ran'",
    "'\"><iframe srcdoc='<script>parent.document.title=1</script>'>",
)


def evidenced(item: str, outcome: str, text: str) -> FindingEntry:
    entry = EvidenceEntry(subject=text, fields={text: text, "list": [text] * 3})
    reason = text if outcome == "UNKNOWN" else None
    return finding(item, outcome, reason, text, text).model_copy(update={"evidence": [entry], "nodeid": text})


def of_items(count: int) -> tuple[Record, Checklist]:
    """A record of so many items, each with more evidence than a page can hold of all."""
    items = tuple(
        CHECKLIST.items[n % 102].model_copy(update={"id": f"item.number_{n}", "title": f"Line {n}"})
        for n in range(count)
    )
    fields = {f"field {n}": "x" * 500 for n in range(40)}
    findings = [
        finding(item.id, "FAIL" if n % 50 == 7 else "PASS", None, "seen " * 400, "do " * 100).model_copy(
            update={"evidence": [EvidenceEntry(subject="Fact", fields=fields)]}
        )
        for n, item in enumerate(items)
    ]
    return record(*findings), CHECKLIST.model_copy(update={"items": items})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        chromium = driver.chromium.launch(executable_path=str(find().path), args=flags)
        yield chromium
        chromium.close()


def opened(browser: Browser, tmp_path: Path, text: str, width: int = 1280) -> tuple[Page, list[str]]:
    """The page in a real browser, and all that it complained of."""
    file = tmp_path / "decision.html"
    file.write_text(text, encoding="utf-8")
    page, complaints = browser.new_page(viewport={"width": width, "height": 900}), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page, complaints


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    text = of_record.render(FOUND, CHECKLIST)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert " style=" not in text


def test_500_items_of_much_evidence_stay_below_a_megabyte() -> None:
    text = of_record.render(*of_items(500))
    assert len(text.encode()) < MOST_BYTES
    assert text.count("<details>") == 500
    assert "Too much evidence for this page" in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_a_target_says_runs_or_is_markup(browser: Browser, tmp_path: Path, payload: str) -> None:
    outcomes = zip(("smoke.kafka", "smoke.health", "smoke.gateway", "smoke.databases"),
                   ("FAIL", "UNKNOWN", "PASS", "WAIVED"), strict=True)  # fmt: skip
    found = record(*(evidenced(item, outcome, payload) for item, outcome in outcomes), words=payload)
    page, complaints = opened(browser, tmp_path, of_record.render(found, CHECKLIST))
    assert complaints == []
    assert page.title().startswith("NO-GO: ")
    assert page.locator("script, iframe, img, details svg, [onerror], [onload]").count() == 0
    assert page.locator("h1").inner_text() == payload
    assert page.locator(".blockers pre").first.inner_text() == payload.strip()


@pytest.mark.parametrize("width", [1280, 400])
def test_the_first_blocker_and_its_owner_are_in_the_first_screen(browser: Browser, tmp_path: Path, width: int) -> None:
    page, complaints = opened(browser, tmp_path, of_record.render(FOUND, CHECKLIST), width)
    first = page.locator(".blockers li").first
    box = first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    assert "Kafka producing/consuming" in first.inner_text()
    assert "Engineering Lead" in first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


def test_it_prints_with_its_verdict(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, tmp_path, of_record.render(*of_items(102)))
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".bar").first.is_hidden()
