"""Play the containers of golive's probes: work out what each try would come to, and end its pod with that message.

Nothing is connected: the message says that it is of a stand-in.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from golive.errors import LabUnavailable
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.pod_network.tables import Tables

LOG = logging.getLogger("pod_network")
PROBES: Final = "/api/v1/pods?labelSelector=golive-probe"
BY: Final = "a stand-in: no container runs in this lab, and no network lies between its pods"
EVERY: Final = 0.2
PRICES: Final = "prices"


class Settings(BaseModel):
    """The file that the lab writes."""

    url: str
    ca_file: Path
    cert_file: Path
    key_file: Path
    faults: frozenset[str]


def main() -> None:
    """Look for probes until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    settings = Settings.model_validate_json(parser.parse_args().config.read_text(encoding="utf-8"))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ClusterApi(settings.url, settings.ca_file, settings.cert_file, settings.key_file) as api:
        while True:
            try:
                _look(api, settings.faults)
            except (LabUnavailable, KeyError) as error:
                LOG.warning("%s", error)
            time.sleep(EVERY)


def _look(api: ClusterApi, faults: frozenset[str]) -> None:
    """End every probe that runs."""
    running = [pod for pod in api.items(PROBES) if pod["status"].get("phase") == "Running"]
    if running:
        tables = Tables(api)
        for pod in running:
            _end(api, pod, "" if "says_nothing" in faults else _message(api, tables, pod, faults))


def _message(api: ClusterApi, tables: Tables, pod: dict[str, Any], faults: frozenset[str]) -> str:
    (container,) = pod["spec"]["containers"]
    _settle, _seconds, ends = json.loads(container["args"][-1])
    own = pod["status"]["podIP"]
    cut = _addresses(api, PRICES) if "cuts_prices" in faults else frozenset()
    return json.dumps(
        {"by": BY, "tried": "".join(_try(tables, own, address, port, cut, faults) for address, port in ends)}
    )


def _try(tables: Tables, own: str, address: str, port: int, cut: frozenset[str], faults: frozenset[str]) -> str:
    leaves = faults & {"enforces_nothing", "enforces_no_egress"} or tables.passes("egress", own, address, address, port)
    enters = faults & {"enforces_nothing", "enforces_no_ingress"} or tables.passes(
        "ingress", address, own, address, port
    )
    if not leaves or not enters or address in cut:
        return "t"
    return "o" if tables.listens(address, port) else "r"


def _addresses(api: ClusterApi, name: str) -> frozenset[str]:
    pods = api.items(f"/api/v1/pods?labelSelector=app.kubernetes.io/name%3D{name}")
    return frozenset(pod["status"].get("podIP", "") for pod in pods)


def _end(api: ClusterApi, pod: dict[str, Any], message: str) -> None:
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}/status"
    (told,) = pod["status"]["containerStatuses"]
    at = told["state"]["running"]["startedAt"]
    over = {"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at, "message": message}
    status = {**told, "ready": False, "started": False, "state": {"terminated": over}}
    api.patch(path, {"status": {"phase": "Succeeded", "containerStatuses": [status]}})
    LOG.info("ended %s", path)


if __name__ == "__main__":
    main()
