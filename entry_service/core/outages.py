"""What a drill of an outage says of each device and site: what waited, what came late, who did not come back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock_rules import CLAMPED
from .drills import LATE
from .model import Scan

LIVE_ONLY = "override"  # the flag of an admission, which a device asks of the service alone and does not count
AGAIN = ":happened"  # ends the id of a second row of one reading (usecases/doors/undo.py)
MINUTE = timedelta(minutes=1)
IN_TIME = timedelta(minutes=60)  # after the end, for what had waited


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a device says that it made of its own: readings by minute since 1970, counted from ``since`` on.

    ``until``: when it said so. ``oldest``: the oldest item that it still keeps, None where nothing waits.
    """

    since: datetime
    until: datetime
    oldest: datetime | None
    minutes: Mapping[int, int]

    def made_within(self, window: tuple[datetime, datetime]) -> int | None:
        """Return how many readings it made in a window [start, end); None where it cannot say so, or not yet."""
        start, end = window
        whole = start.second == start.microsecond == end.second == end.microsecond == 0
        waits = self.oldest is not None and self.oldest < end
        if not whole or waits or self.since > start or self.until < end:
            return None
        first, last = (int(at.timestamp()) // 60 for at in window)
        return sum(many for minute, many in self.minutes.items() if first <= minute < last)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOutage:
    """One device and the window [start, end). ``minutes`` are after the end, None where there is nothing to say.

    ``queued``: readings of the window that were heard late; ``live``: those heard at once, so that the door was
    not cut off; ``slips``: paper, which waits for a hand and is neither. ``drained``: minutes until the last of
    the queue was heard; ``back``: minutes until anything was. ``stayed``: it was heard at once in the window and
    after it, and queued nothing: it took no part. Whether a device that read nothing was cut off, no log can say.
    ``made``: readings that the device says it made; ``lost``: those of them that the log has not. None where
    nobody knows: the device is away, still keeps some, is older than the count, or its clock was wrong.
    """

    device_id: str
    name: str
    queued: int
    live: int
    slips: int
    drained: float | None
    back: float | None
    stayed: bool
    made: int | None = None
    lost: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOutage:
    """One site: its devices, how many never came back, and its score; None where nobody took part."""

    facility_id: str
    name: str
    devices: tuple[DeviceOutage, ...]

    @property
    def away(self) -> int:
        """Return how many devices that took part never came back."""
        return sum(one.back is None for one in self.devices if not one.stayed)

    @property
    def score(self) -> int | None:
        """Return 0 to 100: 60 for devices that came back, 40 for readings heard within an hour of the end.

        A lost reading takes its share away from both. Devices that stayed online are left out.
        """
        cut = [one for one in self.devices if not one.stayed]
        if not cut:
            return None
        back = 1 - self.away / len(cut)
        queued = [one for one in cut if one.queued]
        in_time = [one for one in queued if one.drained is not None and one.drained <= IN_TIME / MINUTE]
        drained = len(in_time) / len(queued) if queued else back
        read = sum(one.queued + one.live for one in cut)
        lost = sum(one.lost or 0 for one in cut)
        return round((60 * back + 40 * drained) * (read / (read + lost) if lost else 1))


def device_outage(
    device_id: str,
    name: str,
    scans: Iterable[Scan],
    window: tuple[datetime, datetime],
    seen_at: datetime | None,
    made: Sequence[str] | int | None = None,
) -> DeviceOutage:
    """Return what a device did about a window.

    Parameters
    ----------
    scans : iterable of Scan
        Rows of the device, refused ones too, read since the window began.
    seen_at : datetime, optional
        When the service last heard of it.
    made : sequence of str or int, optional
        The scan_ids that it made in the window, where a rehearsal knows them; else how many, where it says so.
    """
    start, end = window
    rows = list(scans)
    inside = [row for row in rows if start <= row.scanned_at < end]
    read = [row for row in inside if row.source != "slip"]
    late = [row for row in read if row.received_at - row.scanned_at > LATE]
    heard = [row.received_at for row in rows if row.received_at >= end]
    heard += [seen_at] if seen_at is not None and seen_at >= end else []
    last = max((row.received_at for row in late), default=None)
    count, lost = _lost(made, rows, read)
    return DeviceOutage(
        device_id=device_id,
        name=name,
        queued=len(late),
        live=len(read) - len(late),
        slips=len(inside) - len(read),
        drained=None if last is None else round(max(last - end, timedelta()) / MINUTE, 1),
        back=None if not heard else round((min(heard) - end) / MINUTE, 1),
        stayed=bool(heard and read and not late),
        made=count,
        lost=lost,
    )


def _lost(
    made: Sequence[str] | int | None, rows: Sequence[Scan], read: Sequence[Scan]
) -> tuple[int | None, int | None]:
    """Return how many readings were made and how many of them the log has not, as far as that is known."""
    if made is None:
        return None, None
    if not isinstance(made, int):
        known = {row.scan_id for row in rows}
        return len(made), sum(scan_id not in known for scan_id in made)
    if any(CLAMPED in row.flags for row in rows):  # of a clock so wrong that nobody knows which minute it meant
        return made, None
    own = [row for row in read if LIVE_ONLY not in row.flags and not row.scan_id.endswith(AGAIN)]
    return made, max(made - len(own), 0)
