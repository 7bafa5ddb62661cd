"""Before the first test: bring up what the selected tests reach (lab), or see whether it is there (a real target)."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from golive.clients.reach import endpoints, reach
from golive.errors import LabUnavailable
from golive.plugin.judging import systems_of
from golive.plugin.run import Run
from golive.progress import Board
from golive.provider import Provided, Provider, load


def bring_up(run: Run, items: Iterable[pytest.Item], board: Board) -> Provider | None:
    """Make the systems of these tests ready, once a run, in parallel; the caller closes the provider.

    A system that cannot be brought up does not stop the run: its items become UNKNOWN ``lab_unavailable``.
    """
    target = run.target_file.target
    systems = frozenset[str]().union(*(systems_of(item, target) for item in items if item.nodeid in run.claims))
    if not target.provider or not systems:
        run.publish({})
        _ping(run, systems, board)
        return None
    provider = load(target.provider, target.name, target.provider_options)
    with board:
        try:
            provided = provider.start(systems, board.report)
        except LabUnavailable as error:
            provided = Provided({}, dict.fromkeys(systems, error.message), hint=error.hint)
    run.publish(
        {
            "overlay": dict(provided.overlay),
            "failed": dict(provided.failed),
            "note": provided.note,
            "hint": provided.hint,
        }
    )
    return provider


def _ping(run: Run, systems: frozenset[str], board: Board) -> None:
    target = run.target()
    places = [endpoint for endpoint in endpoints(target) if endpoint.system in systems]
    with board, ThreadPoolExecutor(max_workers=16) as pool:
        for endpoint, state in zip(places, pool.map(lambda e: reach(e, target.limits.connect), places), strict=True):
            good = state == "reachable"
            board.report(
                endpoint.label, "ready" if good else "failed", state if good else f"{endpoint.address}: {state}"
            )
