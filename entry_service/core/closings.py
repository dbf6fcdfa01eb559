"""Everyone out: what a closing of a facility, or of one zone of it, ends."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Whoever was inside at ``closed_at`` has left; ``zone`` empty: the whole facility."""

    closing_id: str
    facility_id: str
    zone: str
    closed_at: datetime
    received_at: datetime
    closed_by: str  # device_id or account_id


class Closings:
    """Closings by place; asks for the first one that ends a stay."""

    def __init__(self, many: Iterable[Closing] = ()) -> None:
        """Sort them once."""
        self._times: dict[tuple[str, str], list[datetime]] = {}
        for closing in sorted(many, key=lambda one: one.closed_at):
            self._times.setdefault((closing.facility_id, closing.zone), []).append(closing.closed_at)

    def ends(self, facility_id: str, zone: str, entered: datetime) -> datetime | None:
        """Return the first closing at or after the moment that covers the zone, or None."""
        if not self._times:
            return None
        found = []
        for covering in {"", zone}:
            times = self._times.get((facility_id, covering), [])
            place = bisect_left(times, entered)
            found += times[place : place + 1]
        return min(found, default=None)
