"""Bad worlds of Alertmanager: routes that lead elsewhere, and receivers that nothing reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.services.alertmanager import SETTINGS, USER, reload, settings_of
from golive_lab.services.prometheus import write_settings
from golive_lab.worlds.registry import world

Settings = dict[str, Any]


@contextmanager
def _changed(lab: LabHandle, change: Callable[[Settings], object]) -> Iterator[None]:
    file = lab.folder / "alertmanager" / SETTINGS
    overlay = lab.overlay()
    place = overlay["alerts"]["manager"]["url"], overlay["ca_file"], lab.secret(f"alertmanager-{USER}")
    before, after = settings_of(file), settings_of(file)
    change(after)
    try:
        write_settings(file, after)
        reload(*place)
        yield
    finally:
        write_settings(file, before)
        reload(*place)


@world
@contextmanager
def pages_become_tickets(lab: LabHandle) -> Iterator[None]:
    """What should page becomes a ticket: an earlier route takes it."""

    def first(settings: Settings) -> None:
        settings["route"]["routes"].insert(1, {"receiver": "tickets", "matchers": ['severity=~"page|ticket"']})

    with _changed(lab, first):
        yield


@world
@contextmanager
def drill_goes_to_the_pager(lab: LabHandle) -> Iterator[None]:
    """The route to the test receiver was left out, so that a test would page people or nobody."""
    with _changed(lab, lambda settings: settings["route"]["routes"].pop(0)):
        yield


@world
@contextmanager
def receiver_has_another_key(lab: LabHandle) -> Iterator[None]:
    """The test receiver has a key that PagerDuty does not know."""
    with _changed(lab, lambda settings: settings["receivers"][2]["pagerduty_configs"][0].update(routing_key="0" * 32)):
        yield


@world
@contextmanager
def receiver_is_not_told_of_the_end(lab: LabHandle) -> Iterator[None]:
    """The test receiver is told of alerts, and not of their end."""
    with _changed(lab, lambda settings: settings["receivers"][2]["pagerduty_configs"][0].update(send_resolved=False)):
        yield
