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
from golive.clients.browser_find import find
from golive.evidence.record import EvidenceEntry, FindingEntry
from golive.report import decision_page, of_record
from golive.report.decision_page import MOST_BYTES
from golive.report.page import Line, Signature, Waived
from golive.report.page import Page as Shown
from selftests.pages import failing
from selftests.pages.many import of_items
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


def everywhere(text: str) -> Shown:
    """A page that has this text wherever a page has any."""
    item = CHECKLIST.items[0].model_copy(update={"id": text, "title": text, "owner": text, "phase": text})
    phase = CHECKLIST.phases[0].model_copy(update={"name": text, "title": text})
    outcomes = ("FAIL", "UNKNOWN", "PASS", "WAIVED")
    found = [evidenced(text, word, text).model_copy(update={"must": text}) for word in outcomes]
    unasked = [evidenced(text, "UNKNOWN", text).model_copy(update={"reason": "not_run", "nodeid": ""}), None]
    lines = (Line(item, each, digest=text, until=text) for each in (*found, *unasked))
    return Shown(
        subject=text, verdict="NO-GO", words=text, made="2026-11-26T20:14:07+00:00", phases=(phase,),
        lines=tuple(lines), waivers=(Waived(text, text, text, text, text),), idle_waivers=(text,),
        changes={text: (text,)}, signatures=(Signature(text, signed=True, words=text),
                                           Signature(text, signed=False, words=text)),
        notes={text: text}, origin={text: text},
    )  # fmt: skip


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


@pytest.mark.parametrize("outcome", ["PASS", "FAIL", "WAIVED"])
@pytest.mark.parametrize("letter", ["x", "€", "<"], ids=["one byte", "three bytes", "escaped"])
def test_500_items_of_much_evidence_stay_below_a_megabyte(outcome: str, letter: str) -> None:
    found, checklist = of_items(500, outcome, letter)
    text = of_record.render(found, checklist)
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


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs_in_whichever_text_of_the_page_it_stands(browser: Browser, tmp_path: Path, payload: str) -> None:
    page, complaints = opened(browser, tmp_path, decision_page.render(everywhere(payload)))
    assert complaints == []
    assert page.title() == f"NO-GO: {' '.join(payload.split())}"
    assert page.locator("script, iframe, img, details svg, [onerror], [onload], a").count() == 0
    assert page.locator("main svg").count() == page.locator(".bar svg").count() == 1
    assert page.locator(".blockers .what").first.inner_text() == payload


@pytest.mark.parametrize("width", [1280, 400])
def test_the_first_blocker_and_its_owner_are_in_the_first_screen(browser: Browser, tmp_path: Path, width: int) -> None:
    page, complaints = opened(browser, tmp_path, of_record.render(failing.record(), CHECKLIST), width)
    first = page.locator(".blockers li").first
    box = first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    assert first.inner_text().split("\n")[0].strip() == "Operations Manager"
    assert "SSL/TLS certificates obtained and configured FAIL infrastructure.tls" in first.inner_text()
    assert first.locator("dt").all_inner_texts() == ["seen", "expected", "next"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 688, 400])
def test_no_word_of_an_item_lies_over_another(browser: Browser, tmp_path: Path, width: int) -> None:
    page, _ = opened(browser, tmp_path, of_record.render(failing.record(), CHECKLIST), width)
    over = page.evaluate(
        """() => [...document.querySelectorAll("summary")].filter(line => {
            const boxes = [...line.children].map(each => {
                const range = document.createRange()
                range.selectNodeContents(each)
                return range.getBoundingClientRect()
            })
            return boxes.some((a, n) => boxes.slice(n + 1).some(b =>
                a.right > b.left && b.right > a.left && a.bottom - 2 > b.top && b.bottom - 2 > a.top))
        }).map(line => line.innerText)"""
    )
    assert over == []
    assert page.locator("summary").count() == 102


def test_what_was_found_alike_stands_once(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, tmp_path, of_record.render(failing.record(), CHECKLIST))
    assert page.locator(".blockers li .what").all_inner_texts() == [
        "SSL/TLS certificates obtained and configured", "Keycloak realm configured with production settings",
        "On-call rotation established", "Change request approved", "MISO API access works", "API latency <250ms (p95)",
        "UAT sign-off received from pilot users", "Kafka producing/consuming", "performance.resources",
    ]  # fmt: skip
    assert page.locator("li", has_text="Kafka producing").locator("p").inner_text() == (
        "The same was found of 2 more: Real-time streaming works (MISO) functional.streaming (Engineering Lead), "
        "Stream latency <5s (p95) performance.stream_latency (Engineering Lead)"
    )


def test_what_nobody_tests_yet_stands_by_owner(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, tmp_path, of_record.render(failing.record(), CHECKLIST))
    (heading,) = page.locator("h3", has_text="have no test yet").all_inner_texts()
    rows = page.locator(".together li").all_inner_texts()
    assert heading == f"Required items that have no test yet: {sum(row.count(',') + 1 for row in rows)}"
    assert {row.partition(" infra")[0].partition(" data")[0] for row in rows} >= {"Operations Manager"}


def test_it_prints_with_its_verdict(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, tmp_path, of_record.render(*of_items(102)))
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".bar").first.is_hidden()
