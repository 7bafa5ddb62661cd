"""The reports that a pipeline would have left of the scans of the platform's images.

Nothing is scanned: the reports have the shape that the scanners give them. They are stand-ins for a pipeline's, and say
so where they name the image.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from golive_lab.images import REGISTRY, SERVICES, STORES, LabImage, service_image, store_image

BUCKET: Final = "image-scans"
STAND_IN: Final = "a stand-in"
PACKAGES: Final = ("openssl", "libc6", "python3.11")
LOW: Final = "CVE-2026-10001"
WAIVED: Final = "CVE-2026-10002"
"""Critical, in one image, and waived by the lab's targets."""


def image(service: str, release: str) -> str:
    """The reference by digest of a service's image."""
    return _by_digest(service_image(service, release))


def key(name: str) -> str:
    """The object in the bucket of the report of a service's or a store's image."""
    return f"{name}.json"


def reports(release: str) -> dict[str, dict[str, Any]]:
    """The report of every image that runs, by its key; the scanners take turns."""
    built = {name: service_image(name, release) for name in SERVICES} | {name: store_image(name) for name in STORES}
    return {key(name): report(_by_digest(each), number) for number, (name, each) in enumerate(built.items())}


def report(reference: str, number: int) -> dict[str, Any]:
    """The report of that image, by one of the scanners."""
    made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=20)
    return (_trivy, _grype, _sarif)[number % 3](reference, made.isoformat().replace("+00:00", "Z"))


def _by_digest(built: LabImage) -> str:
    return f"{REGISTRY}/{built.repository}@{built.digest}"


def _trivy(reference: str, made: str) -> dict[str, Any]:
    packages = [{"Name": name, "Version": "1"} for name in PACKAGES]
    found = [
        {"VulnerabilityID": LOW, "PkgName": PACKAGES[0], "Severity": "LOW"},
        {"VulnerabilityID": WAIVED, "PkgName": PACKAGES[1], "Severity": "CRITICAL"},
    ]
    result = {"Target": "debian", "Class": "os-pkgs", "Packages": packages, "Vulnerabilities": found}
    return {
        "SchemaVersion": 2,
        "CreatedAt": made,
        "ArtifactName": f"{STAND_IN}: {reference}",
        "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [reference]},
        "Results": [{**result, "ExperimentalModifiedFindings": []}],
    }


def _grype(reference: str, made: str) -> dict[str, Any]:
    match = {"vulnerability": {"id": LOW, "severity": "Low"}, "artifact": {"id": "a1", "name": PACKAGES[0]}}
    return {
        "matches": [match],
        "ignoredMatches": [],
        "source": {"type": "image", "target": {"userInput": f"{STAND_IN}: {reference}", "repoDigests": [reference]}},
        "descriptor": {
            "name": "grype",
            "version": "0.100.0",
            "timestamp": made,
            "configuration": {"ignore": []},
            "db": {"status": {"schemaVersion": "v6.0.3", "built": made, "valid": True}},
        },
    }


def _sarif(reference: str, made: str) -> dict[str, Any]:
    rule = {"id": LOW, "properties": {"security-severity": "2.0"}}
    return {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Trivy", "rules": [rule]}},
                "invocations": [{"executionSuccessful": True, "endTimeUtc": made}],
                "artifacts": [{"location": {"uri": name}} for name in PACKAGES],
                "results": [{"ruleId": LOW, "level": "note", "message": {"text": LOW}}],
                "properties": {"imageName": f"{STAND_IN}: {reference}", "repoDigests": [reference]},
            }
        ],
    }
