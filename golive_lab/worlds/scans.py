"""Bad worlds of image scans: one report in the bucket is another one, or none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.image_scans import BUCKET, key
from golive_lab.worlds.object_storage import owner_of
from golive_lab.worlds.registry import WORLDS, World

CVE = "CVE-2026-66666"


@contextmanager
def _changed(lab: LabHandle, service: str, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    owner = owner_of(lab)
    response = owner.get_object(BUCKET, key(service))
    before = response.read()
    response.close()
    report = json.loads(before)
    change(report)

    def put(content: bytes) -> None:
        owner.put_object(BUCKET, key(service), io.BytesIO(content), len(content))

    put(json.dumps(report).encode())
    try:
        yield
    finally:
        put(before)


def _without(name: str) -> World:
    """Nobody scanned that image."""

    @contextmanager
    def unscanned(lab: LabHandle) -> Iterator[None]:
        owner = owner_of(lab)
        response = owner.get_object(BUCKET, key(name))
        before = response.read()
        response.close()
        owner.remove_object(BUCKET, key(name))
        try:
            yield
        finally:
            owner.put_object(BUCKET, key(name), io.BytesIO(before), len(before))

    return unscanned


WORLDS["scans_image_without_report"] = _without("jobs")
WORLDS["scans_store_without_report"] = _without("postgresql")


def _trivy_critical(report: dict[str, Any]) -> None:
    report["Results"][0]["Vulnerabilities"].append({"VulnerabilityID": CVE, "Severity": "CRITICAL"})


def _grype_critical(report: dict[str, Any]) -> None:
    report["matches"].append({"vulnerability": {"id": CVE, "severity": "Critical"}, "artifact": {"id": "a9"}})


def _sarif_critical(report: dict[str, Any]) -> None:
    run = report["runs"][0]
    run["tool"]["driver"]["rules"].append({"id": CVE, "properties": {"security-severity": "9.8"}})
    run["results"].append({"ruleId": CVE, "level": "error", "message": {"text": CVE}})


def _ignored(report: dict[str, Any]) -> None:
    match = {"vulnerability": {"id": CVE, "severity": "Critical"}, "artifact": {"id": "a9"}}
    report["ignoredMatches"].append({**match, "appliedIgnoreRules": [{"vulnerability": CVE}]})


def _other_digest(report: dict[str, Any]) -> None:
    report["Metadata"]["RepoDigests"] = [f"registry.example.test/gateway@sha256:{'0' * 64}"]


def _stale(report: dict[str, Any]) -> None:
    report["CreatedAt"] = "2026-01-01T00:00:00.123456789Z"


def _empty(report: dict[str, Any]) -> None:
    report["Results"] = [{**result, "Packages": [], "Vulnerabilities": []} for result in report["Results"]]


def _without_ignore_list(report: dict[str, Any]) -> None:
    del report["Results"][0]["ExperimentalModifiedFindings"]


def _old_database(report: dict[str, Any]) -> None:
    report["descriptor"]["db"] = {"status": {"schemaVersion": "v6.0.3", "built": "2026-01-01T04:12:31Z", "valid": True}}


def _end_of_life(report: dict[str, Any]) -> None:
    report["Metadata"]["OS"] = {"Family": "debian", "Name": "10.13", "EOSL": True}


CHANGES: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "scans_trivy_critical": ("gateway", _trivy_critical),
    "scans_grype_critical": ("prices", _grype_critical),
    "scans_sarif_critical": ("instruments", _sarif_critical),
    "scans_ignored_critical": ("prices", _ignored),
    "scans_other_digest": ("gateway", _other_digest),
    "scans_stale": ("gateway", _stale),
    "scans_by_an_old_database": ("prices", _old_database),
    "scans_of_an_old_system": ("gateway", _end_of_life),
    "scans_empty": ("gateway", _empty),
    "scans_without_ignore_list": ("gateway", _without_ignore_list),
}
"""By world, whose report is changed, and how."""


def _world(service: str, change: Callable[[dict[str, Any]], None]) -> World:
    @contextmanager
    def changed(lab: LabHandle) -> Iterator[None]:
        with _changed(lab, service, change):
            yield

    return changed


WORLDS.update({name: _world(*each) for name, each in CHANGES.items()})
