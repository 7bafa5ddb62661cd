"""OpenSearch, the platform's log store: one node on loopback, with a history of logs as a staging soak leaves one.

It asks nobody for credentials and speaks plain HTTP: both are its security plugin's, which no package registry has in
this version. So the lab shows how logs are counted, and not how access to them is refused.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from golive.errors import LabUnavailable
from golive_lab import log_history, opensearch_install
from golive_lab.java import FLAGS, archive_flags, java, java_environment
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import httpx

PROBE_SECONDS: Final = 1.5
INDICES: Final = "platform-logs-"
"""What the shipper's index of each day begins with."""
HISTORY: Final = f"{INDICES}history"
KEYWORD: Final = {"type": "keyword", "ignore_above": 1024}
TEMPLATE: Final = {
    "index_patterns": [f"{INDICES}*"],
    "template": {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "500ms"},
        "mappings": {
            "properties": {
                "@timestamp": {"type": "date"},
                "service": KEYWORD,
                "level": KEYWORD,
                "logger": KEYWORD,
                "request_id": KEYWORD,
                "message": {"type": "text"},
            }
        },
    },
}


class OpenSearchService(LabService):
    """One node that is its own cluster."""

    name: ClassVar[str] = "opensearch"
    system: ClassVar[str] = "logs"
    heavy: ClassVar[bool] = True
    record: Path | None = None
    """Where Java is to write an archive of the classes when the next launch ends."""

    def prepare(self, progress: Progress) -> None:
        """Fetch, and lay out a home."""
        self._classes = opensearch_install.jars(self.lab.cache, progress)
        self._home = self.lab.data(self.name)
        self._cluster = f"lab-{secrets.token_hex(6)}"
        opensearch_install.lay_out(self._home, self.lab.cache, progress)

    def launch(self) -> Launch:
        """Write the settings and run the node.

        It refuses to run as root where it can tell, which it does by native code that it may do without: this is a lab
        on loopback, whose other servers are as privileged.
        """
        settings = {
            "cluster.name": self._cluster,
            "node.name": "lab",
            "network.host": "127.0.0.1",
            "http.port": self.current_port,
            "transport.port": self.lab.ports.take("opensearch_transport"),
            "discovery.type": "single-node",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "action.auto_create_index": f"{INDICES}*",
        }
        text = "".join(f"{name}: {value}\n" for name, value in settings.items())
        (self._home / "config" / "opensearch.yml").write_text(text, encoding="utf-8")
        argv = (
            str(java()),
            *opensearch_install.HEAP,
            *FLAGS,
            *archive_flags(opensearch_install.archive(self.lab.cache), self.record),
            "-XX:+ExitOnOutOfMemoryError",
            "-Djna.nounpack=true",
            "-Djna.nosys=true",
            f"-Dopensearch.path.home={self._home}",
            f"-Dopensearch.path.conf={self._home / 'config'}",
            "-Dopensearch.distribution.type=tar",
            "-cp",
            self._classes,
            opensearch_install.MAIN,
        )
        return Launch(argv, java_environment(), self._home)

    def ready(self) -> str | None:
        """Ready once our own cluster has a leader and its indices are there."""
        import httpx

        path = "/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            health = self._ask("GET", path, seconds=PROBE_SECONDS).json()
        except (httpx.HTTPError, ValueError) as error:
            return str(error) or type(error).__name__
        if health.get("cluster_name") != self._cluster:
            return f"another cluster answers on port {self.current_port}: {health.get('cluster_name')}"
        return "indices are not open yet" if health.get("timed_out") else None

    def settle(self, progress: Progress) -> None:
        """What indices look like, and the history, once."""
        self._done("PUT", "/_index_template/platform-logs", TEMPLATE)
        if self._ask("HEAD", f"/{HISTORY}").is_success:
            return
        progress("seeding a history of logs")
        lines = log_history.records(time.time(), self.lab.configuration.platform.feed_interval)
        self._done("POST", f"/{HISTORY}/_bulk?refresh=true", list(_bulk(lines)))

    def overlay(self) -> dict[str, Any]:
        """Its address."""
        return {"logs": {"url": f"http://127.0.0.1:{self.lab.ports.take(self.name)}"}}

    def _done(self, method: str, path: str, content: Mapping[str, Any] | list[Mapping[str, Any]]) -> None:
        """Ask for a change. Raises LabUnavailable with the answer where it was not made."""
        documents = content if isinstance(content, list) else [content]
        answer = self._ask(method, path, "".join(json.dumps(one) + "\n" for one in documents), seconds=30)
        if answer.is_error or answer.json().get("errors"):
            raise LabUnavailable("logs", f"OpenSearch refused {method} {path}: {answer.text[:500]}")

    def _ask(self, method: str, path: str, content: str = "", *, seconds: float = 5) -> httpx.Response:
        import httpx

        headers = {"Content-Type": "application/x-ndjson" if "_bulk" in path else "application/json"}
        with httpx.Client(timeout=seconds, trust_env=False) as client:
            url = f"http://127.0.0.1:{self.current_port}{path}"
            return client.request(method, url, content=content.encode() or None, headers=headers)


def _bulk(records: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for record in records:
        yield {"create": {}}
        yield record
