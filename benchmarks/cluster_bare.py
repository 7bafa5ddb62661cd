"""A client without golive: reads each path of a JSON list on standard input once, in the order of the list.

echo '["/version"]' | python -m benchmarks.cluster_bare KUBECONFIG
"""

from __future__ import annotations

import json
import sys

from kubernetes import client, config


def main() -> None:
    """Read all of them. Raises the client's ApiException for an answer that is none."""
    config.load_kube_config(sys.argv[1])  # type: ignore[no-untyped-call] # the library has no types
    api = client.ApiClient()
    for path in json.load(sys.stdin):
        answer = api.call_api("GET", f"{api.configuration.host}{path}", {"Accept": "application/json"})
        json.loads(answer.response.data)


if __name__ == "__main__":
    main()
