"""What is cached of Kafka: its class path and a freshly formatted data folder that every broker starts from."""

from __future__ import annotations

import base64
import re
import shutil
import uuid
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from golive_lab import artifacts
from golive_lab.java import FLAGS, class_path, java, java_environment, key
from golive_lab.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from golive_lab.services.base import Progress

HEAP: Final = "-Xmx256m"
META: Final = "meta.properties"
# Only what StorageTool looks at; a broker's own settings are written by its service.
FORMAT: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=CLIENT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
"""


def jars(cache: Path, progress: Progress) -> str:
    """Kafka's class path. Raises LabUnavailable when an artifact cannot be had."""
    return class_path(artifacts.fetch("kafka", cache, progress))


def archive(cache: Path) -> Path:
    """Where Java's ahead-of-time archive of Kafka's classes lies; only there where somebody had it made."""
    return cache / "kafka" / f"kafka-{key(artifacts.digest('kafka'), HEAP, *FLAGS)}.aot"


def cluster_id() -> str:
    """A fresh identifier in Kafka's notation: 16 random bytes, base64 for URLs, no padding."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def template(cache: Path, progress: Progress) -> Path:
    """An empty, formatted data folder, without any user or secret; made once (2 s)."""
    folder = cache / "kafka" / f"formatted-{key(artifacts.digest('kafka'), FORMAT)}"
    if folder.exists():
        return folder
    classes = jars(cache, progress)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not folder.exists():
            progress("formatting Kafka's storage (once)")
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            settings = folder.with_name("format.properties")
            settings.write_text(FORMAT.format(data=part), encoding="utf-8")
            run(
                (
                    java(),
                    HEAP,
                    *FLAGS,
                    "-cp",
                    classes,
                    "kafka.tools.StorageTool",
                    "format",
                    "-c",
                    settings,
                    "-t",
                    cluster_id(),
                ),
                env=java_environment(),
                cwd=folder.parent,
            )
            part.rename(folder)
    return folder


def lay_out(formatted: Path, data: Path, cluster: str, node: int) -> None:
    """Copy the template to ``data`` and give it identifiers of its own; data that exist stay as they are."""
    if (data / META).exists():
        return
    part = data.with_name(f"{data.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(formatted, part)
    meta = part / META
    text = meta.read_text(encoding="utf-8")
    for field, value in (("cluster.id", cluster), ("node.id", str(node)), ("directory.id", cluster_id())):
        text = re.sub(rf"^{re.escape(field)}=.*$", f"{field}={value}", text, flags=re.MULTILINE)
    meta.write_text(text, encoding="utf-8")
    part.rename(data)
