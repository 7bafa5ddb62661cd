"""What customers are told on the status page, since the release is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.statuspage import SYSTEM, StatusPageClient
from golive.facts.release import expected_tag
from golive.target import Target

ITEM = "postdeploy.status_page"
CLOSED = "completed"


@dataclass(frozen=True)
class Told:
    """What stands on the page. ``under_way``: maintenances that began and were not closed."""

    components: Mapping[str, str]
    """Those that the target names; ``absent`` where the page has none of that name."""
    maintenance: str
    """Name of this release's, the newest of them; empty where none was announced."""
    maintenance_status: str
    under_way: tuple[str, ...]
    last_update: datetime | None
    """The latest one of that maintenance."""
    live_since: datetime
    updated: bool
    """Whether that came since the release is live."""
    note: str
    service: str = SYSTEM


class StatusPage:
    """The status page."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def told(self, release: str) -> Told:
        """What it says now. Raises WrongVersion where no release is named."""
        client = StatusPageClient(self.target, ITEM)
        settings = client.settings
        named = settings.maintenance.format(release=expected_tag(release, SYSTEM))
        components, announced = client.components(), client.maintenances()
        own = max((each for each in announced if named in each.name), key=lambda each: each.scheduled_for, default=None)
        now = datetime.now(UTC)
        last = own.updates[-1] if own and own.updates else None
        return Told(
            {name: components.get(name, "absent") for name in sorted(settings.components)},
            own.name if own else "",
            own.status if own else "",
            tuple(each.name for each in announced if each.status != CLOSED and each.scheduled_for <= now),
            last,
            settings.live_since,
            last is not None and settings.live_since <= last <= now,
            settings.note,
        )
