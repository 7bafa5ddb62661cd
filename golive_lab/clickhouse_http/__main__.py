"""Serve the interface: ``python -m golive_lab.clickhouse_http --data DIR --port N --cert F --key F …``.

Passwords come from files, so that neither the process list nor the environment shows them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from golive_lab.clickhouse_http.app import make_app
from golive_lab.clickhouse_http.engine import Engine
from golive_lab.clickhouse_http.users import User

STOP_SECONDS = 1


class Listener(uvicorn.Server):
    """A server that leaves signals to this module: two of them share one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(listeners: list[Listener]) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for listener in listeners:
            listener.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(listener.serve() for listener in listeners))


def main() -> None:
    """Open the data, serve it, close it."""
    arguments = _arguments()
    engine = Engine(arguments.data, logs_queries=not arguments.without_query_log)
    app = make_app(engine, _users(arguments))
    common = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=arguments.port,
        log_level="warning",
        lifespan="off",
        ssl_certfile=arguments.cert,
        ssl_keyfile=arguments.key,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    configurations = [common]
    if arguments.plaintext_port is not None:
        configurations.append(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=arguments.plaintext_port,
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
    try:
        asyncio.run(serve([Listener(configuration) for configuration in configurations]))
    finally:
        engine.close()


def _users(arguments: argparse.Namespace) -> dict[str, User]:
    administrator = User(
        "default",
        arguments.admin_password.read_text(encoding="utf-8"),
        administrator=True,
        also="" if arguments.open else None,
    )
    also = arguments.also_password.read_text(encoding="utf-8") if arguments.also_password else None
    password = arguments.user_password.read_text(encoding="utf-8")
    application = User(arguments.user, password, administrator=False, also=also)
    return {administrator.name: administrator, application.name: application}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="golive_lab.clickhouse_http", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="HTTPS")
    parser.add_argument("--plaintext-port", type=int, help="HTTP besides, for a world that shows this is noticed")
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--admin-password", type=Path, required=True, help="file with the password of 'default'")
    parser.add_argument("--user", required=True, help="the application's user")
    parser.add_argument("--user-password", type=Path, required=True, help="file")
    parser.add_argument(
        "--also-password", type=Path, help="file, for a world in which the earlier password still works"
    )
    parser.add_argument("--open", action="store_true", help="'default' needs no password, for a world, too")
    parser.add_argument("--without-query-log", action="store_true", help="for a world that shows this is noticed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
