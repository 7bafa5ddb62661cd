"""Serve one stand-in: ``python -m golive_lab.standins --config FILE``, on loopback, over TLS."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import uvicorn

from golive_lab.platform.config import HOST
from golive_lab.standins.base import Settings, StandIn


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="golive_lab.standins", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by the lab")
    settings = Settings.model_validate_json(parser.parse_args().config.read_text(encoding="utf-8"))
    stand_in = StandIn(settings)
    app = stand_in.application(importlib.import_module(f"golive_lab.standins.{settings.vendor}").routes(stand_in))
    uvicorn.run(
        app,
        host=HOST,
        port=settings.port,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
