"""Splunk as a log store: searches exported as they run, ``search/v2/jobs/export``, without previews."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.log_store import SYSTEM, ErrorRecord, Errors, ServiceLog, Span, credentials
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.logs import Logs

PATH = "/services/search/v2/jobs/export"
NO_LEVEL = "(none)"
"""What a record without a level is counted under: rows without a value are left out otherwise."""
_SEVERE = frozenset({"FATAL", "ERROR", "WARN"})
"""Messages beside the results; a peer that did not answer is a warning."""


class SplunkClient:
    """Sends each search as a request of its own."""

    def __init__(self, target: Target, settings: Logs) -> None:
        self.settings, self.limits = settings, target.limits
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def newest(self, since: float) -> Mapping[str, float]:
        """Unix time of the latest record of each service that has any since then."""
        rows = self._rows("| stats latest(_time) AS latest BY service", since, None)
        return {row["service"]: float(row["latest"]) for row in rows}

    def mentions(self, name: str, since: float) -> Mapping[str, int]:
        """How many records of each service name that request since then."""
        field = self.settings.trace.field if self.settings.trace else "request_id"
        words = f"| where '{field}'={_quoted(name)} | stats count BY service"
        return {row["service"]: int(row["count"]) for row in self._rows(words, since, None)}

    def counts(self, span: Span) -> Mapping[str, ServiceLog]:
        """What each service logged, counted by Splunk itself."""
        levels = " OR ".join(f"level={_quoted(level)}" for level in self.settings.error_levels)
        length = span.seconds / span.blocks
        rows = self._rows(
            f"| eval error=if({levels}, 1, 0), block=floor((_time-{span.began:.3f})/{length:.6f}),"
            f" level=coalesce(level, {_quoted(NO_LEVEL)})"
            " | stats count AS records, sum(error) AS errors BY service, block, level",
            span.began,
            span.ended,
        )
        found: dict[str, tuple[list[int], Counter[str]]] = {}
        for row in rows:
            blocks, by_level = found.setdefault(row["service"], ([0] * span.blocks, Counter()))
            blocks[min(span.blocks - 1, max(0, int(float(row["block"]))))] += int(row["errors"])
            by_level["" if row["level"] == NO_LEVEL else row["level"]] += int(row["records"])
        return {name: ServiceLog(each.total(), tuple(blocks), dict(each)) for name, (blocks, each) in found.items()}

    def errors(self, span: Span) -> Errors:
        """What was logged at the levels of errors, up to the target's limit."""
        levels = ", ".join(map(_quoted, self.settings.error_levels))
        most = self.settings.max_records
        words = f"| where level IN ({levels}) | sort {most} _time | table service, message"
        rows = tuple(
            ErrorRecord(row["service"], row.get("message", "")) for row in self._rows(words, span.began, span.ended)
        )
        return Errors(rows, complete=len(rows) < most)

    def _rows(self, words: str, earliest: float, latest: float | None) -> list[dict[str, str]]:
        """The results of a search over all records of the services, with ``service``, ``level`` and ``message``."""
        fields = self.settings.fields
        services = ", ".join(map(_quoted, sorted(self.settings.services)))
        named = (("service", fields.service), ("level", fields.level), ("message", fields.message))
        renamed = ", ".join(f"{ours}='{theirs}'" for ours, theirs in named)
        search = (
            f"search index={_quoted(self.settings.index)} {_quoted(fields.service)} IN ({services})"
            f" | eval {renamed} {words}"
        )
        form = {
            "search": search,
            "output_mode": "json",
            "preview": "false",
            "earliest_time": f"{earliest:.3f}",
            "latest_time": f"{latest:.3f}" if latest is not None else "now",
            "allow_partial_results": "false",
        }
        request = Request(
            self.settings.url.rstrip("/") + PATH, "POST", headers=credentials(self.settings, "Bearer"), form=form
        )
        answer = self._http.ask(request)
        if answer.status != HTTPStatus.OK:
            raise self._typed(answer)
        return list(self._results(answer))

    def _results(self, answer: Answer) -> Iterator[dict[str, str]]:
        """One JSON object a line: a result, or messages. Raises ProtocolBroken where the last result is missing."""
        ended = False
        for line in answer.text.splitlines():
            if not line.strip():
                continue
            try:
                found: dict[str, Any] = json.loads(line)
            except ValueError:
                raise ProtocolBroken(SYSTEM, "Splunk's export holds a line that is no JSON") from None
            self._confirm_whole(found.get("messages", ()))
            ended = ended or bool(found.get("lastrow"))
            if "result" in found:
                yield found["result"]
        if not ended:
            raise ProtocolBroken(SYSTEM, "Splunk's export ended before its last row", hint="search.log says why")

    def _confirm_whole(self, messages: Any) -> None:
        wrong = [str(each.get("text", "")) for each in messages if each.get("type") in _SEVERE]
        if wrong:
            words = f"Splunk says of its search: {'; '.join(wrong)[:300]}"
            raise ProtocolBroken(SYSTEM, words, hint="a count of a part of the data would be too low")

    def _typed(self, answer: Answer) -> CannotEstablish:
        said = f"Splunk answered HTTP {answer.status}"
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            who = f"user {self.settings.user}" if self.settings.user else "the token"
            return CredentialsRefused(SYSTEM, f"{said} to {who}", hint="may it search the index of logs.index?")
        found = answer.json()
        messages = found.get("messages", ()) if isinstance(found, dict) else ()
        words = "; ".join(str(each.get("text", "")) for each in messages)[:300]
        return ProtocolBroken(SYSTEM, f"{said}: {words or 'no words'}", hint="is the search refused by a quota?")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
