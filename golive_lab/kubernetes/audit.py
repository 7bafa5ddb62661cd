"""What golive asked of the lab's API server, as the server's own audit log has it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from golive_lab.kubernetes.place import AUDIT_LOG
from golive_lab.kubernetes.rights import USER

READS = frozenset({"get", "list"})


@dataclass(frozen=True)
class Call:
    """One call: Kubernetes' verb for it, its path with the query, and when it came in."""

    verb: str
    uri: str
    at: datetime

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, and is no dry run either."""
        return self.verb in READS

    @property
    def words(self) -> str:
        """Its path and what it selects, without what paging puts there."""
        path, _, query = unquote(self.uri).partition("?")
        selectors = [each.partition("=")[2] for each in query.split("&") if each.startswith("labelSelector=")]
        return " ".join([path, *selectors])


class AuditLog:
    """The log beside a kubeconfig of the lab's; empty where the lab has no cluster."""

    def __init__(self, kubeconfig: Path | None) -> None:
        self.kubeconfig = kubeconfig

    def __len__(self) -> int:
        return len(self._lines())

    def since(self, line: int) -> tuple[Call, ...]:
        """The suite's calls from that line on, in the order in which they came in."""
        entries = (json.loads(each) for each in self._lines()[line:])
        found = (call_of(each) for each in entries if each["user"].get("username") == USER)
        return tuple(sorted(found, key=lambda call: call.at))

    def _lines(self) -> list[str]:
        file = self.kubeconfig and self.kubeconfig.with_name(AUDIT_LOG)
        return file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []


def call_of(entry: Mapping[str, Any]) -> Call:
    """The call of which a line of the log tells."""
    return Call(entry["verb"], entry["requestURI"], datetime.fromisoformat(entry["requestReceivedTimestamp"]))


def repeated(calls: Iterable[Call]) -> dict[str, int]:
    """How often each path was read that was read more than once."""
    counts = Counter(each.uri for each in calls if each.reads)
    return {uri: count for uri, count in counts.items() if count > 1}


def by_item(calls: Iterable[Call], findings: Iterable[Mapping[str, Any]]) -> dict[str, list[Call]]:
    """The calls under the item that made them, where items ran one after another: the last that had begun by then."""
    begun = sorted((datetime.fromisoformat(each["started"]), str(each["item"])) for each in findings)
    found: dict[str, list[Call]] = {}
    for call in calls:
        names = [item for started, item in begun if started <= call.at]
        found.setdefault(names[-1] if names else "before the first item", []).append(call)
    return found
