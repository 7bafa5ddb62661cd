"""Reports of image scanners, whichever of three formats, as one. Pure.

Trivy's JSON: https://trivy.dev/latest/docs/configuration/reporting/#json. Grype's: its ``grype -o json``. SARIF 2.1.0,
https://docs.oasis-open.org/sarif/sarif/v2.1.0/, as both write it. What a report leaves out counts against it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

CRITICAL_SCORE: Final = 9.0
"""CVSS; what SARIF's ``security-severity`` calls critical."""
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
"""Python reads microseconds; Go writes nanoseconds."""


@dataclass(frozen=True)
class ScanReport:
    """What a report says. ``ignored`` is what the scan was told to leave out, None where the report does not say."""

    scanner: str
    digests: frozenset[str]
    made: datetime.datetime | None
    packages: int
    critical: frozenset[str]
    ignored: frozenset[str] | None
    ignored_critical: frozenset[str] = frozenset()
    known_until: datetime.datetime | None = None
    """When the vulnerabilities that the scanner knew were collected, where the report says."""
    unsupported: str = ""
    """The image's operating system where nobody reports its vulnerabilities any more, so that none is found."""


def read_report(content: Any) -> ScanReport | None:
    """The report, or None for what is none of the three formats."""
    if not isinstance(content, dict):
        return None
    if "runs" in content and str(content.get("version", "")).startswith("2.1"):
        return _sarif(content)
    if "matches" in content and "descriptor" in content:
        return _grype(content)
    if "SchemaVersion" in content and "ArtifactName" in content:
        return _trivy(content)
    return None


def digest_in(text: str) -> str:
    """The digest in an image's reference; empty where there is none."""
    found = _DIGEST.search(text)
    return found[0] if found else ""


def _trivy(content: Mapping[str, Any]) -> ScanReport:
    results = list(_dicts(content.get("Results")))
    found = [each for result in results for each in _dicts(result.get("Vulnerabilities"))]
    modified = [each for result in results for each in _dicts(result.get("ExperimentalModifiedFindings"))]
    packages = sum(len(list(_dicts(result.get("Packages")))) for result in results)
    told = any("ExperimentalModifiedFindings" in result for result in results)
    left_out = [dict(each.get("Finding") or {}) for each in modified]
    return ScanReport(
        scanner="trivy",
        digests=_digests((content.get("Metadata") or {}).get("RepoDigests")),
        made=_time(content.get("CreatedAt")),
        packages=packages,
        critical=_ids(found, "VulnerabilityID", lambda one: one.get("Severity") == "CRITICAL"),
        ignored=_ids(left_out, "VulnerabilityID") if told else None,
        ignored_critical=_ids(left_out, "VulnerabilityID", lambda one: one.get("Severity") == "CRITICAL"),
        unsupported=_unsupported((content.get("Metadata") or {}).get("OS") or {}),
    )


def _grype(content: Mapping[str, Any]) -> ScanReport:
    found, left_out = list(_dicts(content.get("matches"))), list(_dicts(content.get("ignoredMatches")))
    told = "ignoredMatches" in content or "ignore" in ((content["descriptor"] or {}).get("configuration") or {})
    source = (content.get("source") or {}).get("target") or {}
    flat = [_vulnerability(each) for each in found], [_vulnerability(each) for each in left_out]
    return ScanReport(
        scanner="grype",
        digests=_digests(source.get("repoDigests")) | _digests([source.get("manifestDigest")]),
        made=_time((content["descriptor"] or {}).get("timestamp")),
        packages=len({str((each.get("artifact") or {}).get("id")) for each in (*found, *left_out)}),
        critical=_ids(flat[0], "id", lambda one: one.get("severity") == "Critical"),
        ignored=_ids(flat[1], "id") if told else None,
        ignored_critical=_ids(flat[1], "id", lambda one: one.get("severity") == "Critical"),
        known_until=_built((content["descriptor"] or {}).get("db") or {}),
    )


def _unsupported(system: Mapping[str, Any]) -> str:
    return f"{system.get('Family')} {system.get('Name')}" if system.get("EOSL") is True else ""


def _built(database: Mapping[str, Any]) -> datetime.datetime | None:
    """When Grype's database was; its sixth version says so one level deeper."""
    return _time((database.get("status") or database).get("built"))


def _sarif(content: Mapping[str, Any]) -> ScanReport:
    runs = list(_dicts(content.get("runs")))
    results = [each for run in runs for each in _dicts(run.get("results"))]
    severe = {str(rule.get("id")) for run in runs for rule in _rules(run) if _score(rule) >= CRITICAL_SCORE}
    suppressed = [each for each in results if each.get("suppressions")]
    ends = [_time(one.get("endTimeUtc")) for run in runs for one in _dicts(run.get("invocations"))]
    times = [end for end in ends if end is not None]
    properties = [run.get("properties") or {} for run in runs]
    return ScanReport(
        scanner="/".join(sorted({str(_driver(run).get("name")) for run in runs})),
        digests=frozenset().union(*(_digests(each.get("repoDigests")) for each in properties)),
        made=min(times) if times else None,
        packages=sum(len(run.get("artifacts") or ()) for run in runs) or len(results),
        critical=_ids([one for one in results if not one.get("suppressions")], "ruleId") & severe,
        # SARIF has a place for them, so a result that carries none was not left out.
        ignored=_ids(suppressed, "ruleId") if all("results" in run for run in runs) else None,
        ignored_critical=_ids(suppressed, "ruleId") & severe,
    )


def _driver(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict((run.get("tool") or {}).get("driver") or {})


def _rules(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return _dicts(_driver(run).get("rules"))


def _score(rule: Mapping[str, Any]) -> float:
    try:
        return float((rule.get("properties") or {}).get("security-severity", 0))
    except ValueError:
        return 0.0


def _vulnerability(match: Mapping[str, Any]) -> dict[str, Any]:
    return dict(match.get("vulnerability") or {})


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (each for each in value or () if isinstance(each, dict))


def _digests(references: Any) -> frozenset[str]:
    return frozenset(filter(None, (digest_in(str(reference)) for reference in references or ())))


def _ids(found: Iterable[Mapping[str, Any]], field: str, meant: Any = lambda _: True) -> frozenset[str]:
    return frozenset(str(one.get(field)) for one in found if meant(one))


def _time(text: Any) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(_FRACTION.sub(r"\1", str(text)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
