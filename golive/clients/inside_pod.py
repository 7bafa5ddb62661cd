"""Runs by itself in a pod of the suite's own, with any Python 3: tries TCP connections and leaves what became of each.

The last argument is JSON: seconds to wait first, seconds a try may take, and address and port of each. A letter a try
goes to the container's termination message, in their order: o connected, r refused, t timed out, u unreachable.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TERMINATION = Path("/dev/termination-log")
AT_ONCE = 32


def tried(address: str, port: int, seconds: float) -> str:
    """What becomes of one connection."""
    try:
        socket.create_connection((address, port), timeout=seconds).close()
    except ConnectionRefusedError:
        return "r"
    except TimeoutError:
        return "t"
    except OSError:
        return "u"
    return "o"


def main(argument: str, where: Path = TERMINATION) -> None:
    """Try all, and write the message."""
    settle, seconds, ends = json.loads(argument)
    time.sleep(settle)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        letters = "".join(pool.map(lambda end: tried(end[0], end[1], seconds), ends))
    where.write_text(json.dumps({"by": "a process in the pod", "tried": letters}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[-1])
