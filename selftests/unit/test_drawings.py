"""Pictures of evidence: escaped, well-formed, finite, and with the figures behind them, whatever the record holds."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.evidence.record import EvidenceEntry
from golive.report import svg
from golive.report.drawings import drawn, left_to_text
from golive.report.walk import MOST_SHOWN

NASTY = "<b>\"'&</b>"
NAMESPACE = "{http://www.w3.org/2000/svg}"
numbers = (
    st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from([10**400, -(10**400), 1e308, 10**15])
    | st.integers()
    | st.none()
    | st.text(max_size=3)
)


def entry(subject: str, **fields: Any) -> EvidenceEntry:
    return EvidenceEntry(subject=subject, fields=fields)


def arrivals(seconds: list[Any], age_ms: list[Any], **more: Any) -> EvidenceEntry:
    settings = {"max_age_seconds": 3.0, "cut_at": 1.0, "resumed_at": 2.0}
    return entry("Arrivals", flow="flowing", seconds=seconds, age_ms=age_ms, **{**settings, **more})


def curve(prices: list[Any], hub: str = "INDIANA.HUB") -> EvidenceEntry:
    months = [f"{2027 + n // 12}-{n % 12 + 1:02d}" for n in range(len(prices))]
    return entry("Curve", hub=hub, as_of="2026-11-23", months=months, prices=prices)


def call(n: int, verdict: str = "refused", caiso: int = 403) -> dict[str, Any]:
    return {
        "operation": f"GET /{n % 7}", "route": f"/{n}", "variant": "plain", "market": "miso",
        "caiso": caiso, "miso": 200, "verdict": verdict,
    }  # fmt: skip


def picture(html: str) -> ET.Element:
    """The SVG, as strict XML. No number in it may be none."""
    assert "\n" not in html
    found = re.search(r"<svg.*</svg>", html)
    assert found is not None
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<(title|desc|text)[^>]*>[^<]*", "", found[0]), re.IGNORECASE)
    return ET.fromstring(found[0])


def count(root: ET.Element, tag: str, css: str) -> int:
    return sum(css in (each.get("class") or "").split() for each in root.iter(NAMESPACE + tag))


def test_arrivals_have_a_dot_each_the_cut_and_the_limit() -> None:
    html = drawn(arrivals([0.5, 0.9, 2.1], [20, 4000, 30]))
    root = picture(html)
    assert (count(root, "circle", "dot"), count(root, "circle", "late")) == (3, 1)
    assert (count(root, "rect", "away"), count(root, "line", "limit")) == (1, 1)
    assert (root.get("role"), root.find(f"{NAMESPACE}title") is not None) == ("img", True)
    description = root.findtext(f"{NAMESPACE}desc")
    assert description == (
        "3 events, the oldest 4 s on arrival, 1 over the limit of 3 s; the connection was cut from 1 s to 2 s"
    )
    assert "<details><summary>3 events as a table</summary>" in html
    assert "<td>0.9</td><td>4000</td>" in html


def test_a_curve_is_a_line_and_its_months_a_table() -> None:
    html = drawn(curve([31.5 + n for n in range(24)]))
    root = picture(html)
    assert count(root, "polyline", "line") == 1
    assert html.count("<tr>") == 25
    assert {"2027-01", "2027-07"} <= {each.text for each in root.iter(f"{NAMESPACE}text")}


def test_a_price_that_is_none_breaks_the_line() -> None:
    root = picture(drawn(curve([30.0, 31.0, float("nan"), 32.0, 33.0, "x", 34.0])))
    assert (count(root, "polyline", "line"), count(root, "circle", "dot")) == (2, 1)


@pytest.mark.parametrize(
    "prices", [[30.0], [0.0, 0.0], [-40.0, -40.0], [1e-9, 2e-9], [-1e300, 1e300], [1e15, 1e15 + 1]]
)
def test_any_finite_prices_are_drawn_within_the_picture(prices: list[float]) -> None:
    root = picture(drawn(curve(prices)))
    ys = [float(y) for each in root.iter(f"{NAMESPACE}polyline") for _, y in _pairs(each)]
    ys += [float(each.get("cy") or "nan") for each in root.iter(f"{NAMESPACE}circle")]
    assert all(0 <= y <= svg.HEIGHT for y in ys)
    assert ys


def _pairs(line: ET.Element) -> list[list[str]]:
    return [pair.split(",") for pair in (line.get("points") or "").split()]


@pytest.mark.parametrize("prices", [[float("inf")], [float("nan")], ["x", None], [-1.7e308, 1.7e308], [10**400]])
def test_prices_without_a_picture_still_have_their_table(prices: list[Any]) -> None:
    html = drawn(curve(prices))
    assert "<svg" not in html
    assert "no line can be drawn" in html
    assert html.count("<td>") == 2 * len(prices)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), max_size=8), numbers, numbers, numbers)
def test_nothing_that_a_record_may_hold_fails_the_report(points: list[Any], limit: Any, cut: Any, resumed: Any) -> None:
    seconds, ages = [p for p, _ in points], [p for _, p in points]
    entries = [
        arrivals(seconds, ages, max_age_seconds=limit, cut_at=cut, resumed_at=resumed),
        curve(ages),
        entry("Walk", calls=points),
    ]
    for html in map(drawn, entries):
        if "<svg" in html:
            picture(html)


@pytest.mark.parametrize("subject", ["Arrivals", "Curve", "Walk", "GatewayAnswer"])
def test_what_has_no_figures_has_no_picture_and_keeps_its_text(subject: str) -> None:
    empty = entry(subject, seconds=[], months=[], calls=[], flow="silent")
    assert drawn(empty) == ""
    assert left_to_text(empty) == empty.fields
    assert drawn(entry(subject)) == ""


def test_figures_that_are_drawn_are_not_told_again() -> None:
    assert left_to_text(arrivals([0.5], [20])).keys() == {"flow", "max_age_seconds", "cut_at", "resumed_at"}
    assert left_to_text(curve([30.0])).keys() == {"hub", "as_of"}
    assert left_to_text(entry("Walk", calls=[call(1)], operations=["GET /1"])) == {}


def test_every_text_is_escaped() -> None:
    walk = entry("Walk", calls=[{**call(1), "operation": NASTY, "route": NASTY, "variant": NASTY, "verdict": NASTY}])
    for html in (
        drawn(walk),
        drawn(curve([30.0, 31.0], hub=NASTY)),
        drawn(entry("Curve", months=[NASTY], prices=[1.0])),
    ):
        assert "<b>" not in html
        assert "&lt;b&gt;" in html


def test_a_walk_shows_what_was_not_refused_first_by_sign_and_word() -> None:
    calls = [*map(call, range(100)), call(3, "answered 200; expected the entitlement's own 403", 200)]
    html = drawn(entry("Walk", calls=calls))
    assert "101 calls as each customer, 100 refused to the CAISO customer, 1 NOT" in html
    assert html.index("✗ answered 200") < html.index("✓ refused")
    assert html.index("GET /3") < html.index("GET /0")
    assert (html.count("✓ refused"), html.count('class="bad"')) == (100, 1)
    shown, _, folded = html.partition("<details>")
    assert "41 further calls" in folded
    assert shown.count('<td class="') == MOST_SHOWN


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12))
def test_ticks_are_few_round_and_within_the_span(low: float, span: float) -> None:
    ticks = svg.round_ticks(low, low + span)
    assert len(ticks) <= 5
    assert all(math.isfinite(tick.at) for tick in ticks)


def latencies(ecdf_ms: list[Any], ecdf_share: list[Any], **more: Any) -> EvidenceEntry:
    fields = {"endpoint": NASTY, "limit_ms": 250, "max_share": 0.05, "share": 0.02, "low": 0.01, "high": 0.03, **more}
    return entry("EndpointLatency", ecdf_ms=ecdf_ms, ecdf_share=ecdf_share, requests=900, **fields)


def test_a_distribution_shows_its_limit_and_the_interval_of_the_share_there() -> None:
    html = drawn(latencies([2.0, 8.0, 240.0, 900.0], [0.2, 0.5, 0.98, 1.0]))
    root = picture(html)
    assert count(root, "line", "limit") == 1
    assert count(root, "line", "whisker") == 3
    assert count(root, "polyline", "line") == 1
    assert "at most 3.00% by the interval, 5.00% allowed" in html
    assert NASTY not in html


def course(**columns: list[Any]) -> EvidenceEntry:
    return entry("LoadCourse", limit_ms=250, **columns)


def test_a_course_shows_stalls_and_what_was_asked_for_beside_what_was_sent() -> None:
    html = drawn(
        course(
            seconds=[0, 1, 2, 3], asked=[10, 10, 10, 10], sent=[10, 10, 9, 10], errors=[0, 0, 4, 0],
            p95_ms=[9.0, None, 2100.0, 9.0], max_ms=[10.0, 12.0, 2200.0, 11.0],
        )
    )  # fmt: skip
    latency, rate = (ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html))
    assert count(latency, "polyline", "faint") == 1
    assert (count(latency, "polyline", "line"), count(latency, "circle", "dot")) == (2, 1)  # broken where there is none
    assert count(rate, "polyline", "asked") == 1
    assert count(rate, "circle", "late") == 1
    assert "<td>2100</td>" in html


def test_lateness_shows_the_seconds_in_which_events_were_lost() -> None:
    root = picture(drawn(entry("StreamLatency", limit_seconds=5, seconds=[0, 1], worst_ms=[30.0, None], lost=[0, 2])))
    assert count(root, "circle", "late") == 1
    assert count(root, "line", "limit") == 1


def test_errors_of_a_service_stand_against_what_is_usual() -> None:
    fields = {"service": NASTY, "errors": 29, "block_seconds": 4, "block_errors": [4, 21, 4], "usual_low": 1}
    html = drawn(entry("ServiceErrors", **fields, usual_high=9))
    root = picture(html)
    assert (count(root, "rect", "usual"), count(root, "circle", "late")) == (1, 1)
    assert "<td>21</td>" in html
    assert "block_errors" not in left_to_text(entry("ServiceErrors", **fields))


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, max_size=6), st.lists(numbers, max_size=6), numbers, numbers)
def test_no_record_of_a_load_breaks_its_picture(one: list[Any], two: list[Any], limit: Any, share: Any) -> None:
    for html in (
        drawn(latencies(one, two, limit_ms=limit, share=share, low=share, high=limit)),
        drawn(course(seconds=one, asked=two, sent=one, errors=two, p95_ms=two, max_ms=one)),
        drawn(entry("StreamLatency", limit_seconds=limit, seconds=one, worst_ms=two, lost=one)),
        drawn(entry("ServiceErrors", block_errors=one, block_seconds=limit, usual_low=share, usual_high=limit)),
    ):
        for found in re.findall(r"<svg.*?</svg>", html):
            picture(found)
