"""Reports of image scans: three formats read alike, and whatever a report leaves out counts against it."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.facts.scan_reports import ScanReport, digest_in, read_report
from golive.facts.scans import RunningImage, Scans
from golive.target import Target
from golive_lab.image_scans import LOW, WAIVED, image, report

ROOT = Path(__file__).parents[2]
DIGEST = digest_in(image("gateway", "1"))
NOW = datetime.datetime.now(datetime.UTC)


def scans(**changes: Any) -> Scans:
    data = tomllib.loads((ROOT / "targets" / "lab.toml").read_text(encoding="utf-8"))
    return Scans(Target.model_validate({**data, "scans": {**data["scans"], **changes}}))


def good(**changes: Any) -> ScanReport:
    usual: dict[str, Any] = {
        "scanner": "trivy", "digests": frozenset({DIGEST}), "made": NOW, "packages": 3, "critical": frozenset(),
        "ignored": frozenset(),
    }  # fmt: skip
    return ScanReport(**{**usual, **changes})


@pytest.mark.parametrize("number", [0, 1, 2], ids=["trivy", "grype", "sarif"])
def test_each_format_says_the_same_of_the_same_image(number: int) -> None:
    found = read_report(json.loads(json.dumps(report("gateway", "1", number))))
    assert found is not None
    assert found.digests == {DIGEST}
    assert found.made is not None
    assert 0.8 < (NOW - found.made).total_seconds() / 86_400 < 0.9
    assert found.packages > 0
    assert found.ignored == frozenset()
    assert found.critical == (frozenset({WAIVED}) if number == 0 else frozenset())
    assert LOW not in found.critical


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, ()),
        ({"critical": frozenset({WAIVED})}, ()),
        ({"critical": frozenset({"CVE-1"})}, ("critical: CVE-1",)),
        ({"ignored": frozenset({"CVE-1"}), "ignored_critical": frozenset({"CVE-1"})}, ("critical: CVE-1",)),
        ({"ignored": frozenset({"CVE-1"})}, ()),
        ({"ignored": None}, ("does not say what it was told to ignore",)),
        ({"packages": 0}, ("found no package at all",)),
        ({"made": None}, ("does not say when it was made",)),
        ({"made": NOW - datetime.timedelta(days=8)}, ("8.0 days old, at most 7",)),
        ({"made": NOW + datetime.timedelta(days=1)}, ("is dated in the future",)),
    ],
)
def test_what_is_wrong_with_a_report_is_said(changes: dict[str, Any], wrong: tuple[str, ...]) -> None:
    assert scans().of(RunningImage("gateway", DIGEST), (good(**changes),)).wrong == wrong


def test_a_waiver_ends_with_its_day() -> None:
    over = [{"id": WAIVED, "reason": "was taken last year", "until": "2020-01-01"}]
    found = scans(waivers=over).of(RunningImage("gateway", DIGEST), (good(critical=frozenset({WAIVED})),))
    assert found.wrong == (f"critical: {WAIVED}",)


def test_the_newest_report_of_the_very_digest_decides() -> None:
    image_now = RunningImage("gateway", DIGEST)
    older = good(made=NOW - datetime.timedelta(days=2), critical=frozenset({"CVE-1"}))
    other = good(digests=frozenset({f"sha256:{'0' * 64}"}))
    undated = good(made=None)
    assert scans().of(image_now, (older, good(), other, undated)).wrong == ()
    assert scans().of(image_now, (good(made=NOW - datetime.timedelta(days=3)), older)).wrong == ("critical: CVE-1",)
    assert scans().of(image_now, (other,)).wrong == (f"no report for {DIGEST}",)
    assert scans().of(RunningImage("gateway", ""), (good(digests=frozenset()),)).wrong == (
        "does not say which image it runs",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_is_no_report_is_none(content: Any) -> None:
    assert read_report(content) is None
