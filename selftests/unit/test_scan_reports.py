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

from golive.clients.http import HttpClient
from golive.errors import Unreachable
from golive.facts.cluster_images import ClusterImages, Container, ImageInUse
from golive.facts.scan_reports import ScanReport, digest_in, read_report
from golive.facts.scans import UNTOLD, RunningImage, Scans
from golive.target import Target
from golive_lab.image_scans import LOW, WAIVED, image, report
from selftests.unit.answering import answer

ROOT = Path(__file__).parents[2]
DIGEST = digest_in(image("gateway", "1"))
GATEWAY = RunningImage("gateway:1", ("market-intelligence/gateway",), DIGEST)
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
    found = read_report(json.loads(json.dumps(report(image("gateway", "1"), number))))
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
        ({"packages": 0, "scanner": "grype"}, (UNTOLD,)),
        ({"known_until": NOW - datetime.timedelta(days=6)}, ()),
        ({"known_until": NOW - datetime.timedelta(days=9)}, ("knew no vulnerability of the last 9.0 days, at most 7",)),
        ({"unsupported": "debian 10.13"}, ("debian 10.13 gets no security advisories any more",)),
        ({"made": None}, ("does not say when it was made",)),
        ({"made": NOW - datetime.timedelta(days=8)}, ("8.0 days old, at most 7",)),
        ({"made": NOW + datetime.timedelta(days=1)}, ("is dated in the future",)),
    ],
)
def test_what_is_wrong_with_a_report_is_said(changes: dict[str, Any], wrong: tuple[str, ...]) -> None:
    assert scans().of(GATEWAY, (good(**changes),)).wrong == wrong


@pytest.mark.parametrize("database", [{"built": "2026-01-02T03:04:05Z"}, {"status": {"built": "2026-01-02T03:04:05Z"}}])
def test_grype_says_of_when_its_database_is(database: dict[str, Any]) -> None:
    content = report(image("gateway", "1"), 1)
    content["descriptor"]["db"] = database
    found = read_report(content)
    assert found is not None
    assert found.known_until == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("ended", "words"), [(True, "debian 10.13"), (False, ""), (None, "")])
def test_trivy_says_of_which_systems_nobody_reports_any_more(ended: bool | None, words: str) -> None:
    content = report(image("gateway", "1"), 0)
    content["Metadata"]["OS"] = {"Family": "debian", "Name": "10.13", "EOSL": ended}
    found = read_report(content)
    assert found is not None
    assert found.unsupported == words


def test_a_waiver_ends_with_its_day() -> None:
    over = [{"id": WAIVED, "reason": "was taken last year", "until": "2020-01-01"}]
    found = scans(waivers=over).of(GATEWAY, (good(critical=frozenset({WAIVED})),))
    assert found.wrong == (f"critical: {WAIVED}",)


def test_the_newest_report_of_the_very_digest_decides() -> None:
    older = good(made=NOW - datetime.timedelta(days=2), critical=frozenset({"CVE-1"}))
    other = good(digests=frozenset({f"sha256:{'0' * 64}"}))
    undated = good(made=None)
    assert scans().of(GATEWAY, (older, good(), other, undated)).wrong == ()
    assert scans().of(GATEWAY, (good(made=NOW - datetime.timedelta(days=3)), older)).wrong == ("critical: CVE-1",)
    assert scans().of(GATEWAY, (other,)).wrong == (f"no report for {DIGEST}",)
    assert scans().of(RunningImage("gateway:1", (), ""), (good(digests=frozenset()),)).wrong == (
        "does not say which image it runs",
    )


def pods(monkeypatch: pytest.MonkeyPatch, *used: ImageInUse) -> Scans:
    """Scans of a cluster that uses these images."""
    monkeypatch.setattr(ClusterImages, "in_use", lambda _: used)
    return scans()


def test_each_digest_that_runs_under_a_reference_is_an_image_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    other = f"sha256:{'0' * 64}"
    told = {"a-1": f"registry.test/a@{DIGEST}", "a-2": f"registry.test/a@{DIGEST}", "a-3": f"registry.test/a@{other}"}
    containers = tuple(Container(pod, "registry.test/a:1", runs) for pod, runs in told.items())
    owned = ImageInUse("registry.test/a:1", ("desk/a",), containers)
    alone = ImageInUse("registry.test/b:1", (), (Container("b", "registry.test/b:1", ""),))
    idle = ImageInUse("registry.test/c:1", ("desk/c",), ())
    assert set(pods(monkeypatch, owned, alone, idle).running()) == {
        RunningImage("a:1", ("desk/a",), DIGEST),
        RunningImage("a:1", ("desk/a",), other),
        RunningImage("b:1", ("b",), ""),
    }


def test_services_are_asked_where_no_cluster_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    by_services = scans(digest={"field": "image"})
    told = dict.fromkeys(by_services.declared, answer(200, {"image": f"registry.test/a@{DIGEST}"}))
    monkeypatch.setattr(HttpClient, "ask_all", lambda *_: told)
    assert {each.users for each in by_services.running()} == {(name,) for name in by_services.declared}
    assert {each.digest for each in by_services.running()} == {DIGEST}
    monkeypatch.setattr(HttpClient, "ask_all", lambda *_: told | {"prices": Unreachable("services", "is down")})
    with pytest.raises(Unreachable, match="is down"):
        by_services.running()


def test_workloads_that_must_run_something_are_the_deployments() -> None:
    assert "market-intelligence/gateway" in scans().declared
    assert "gateway" in scans(digest={"field": "image"}).declared


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_is_no_report_is_none(content: Any) -> None:
    assert read_report(content) is None
