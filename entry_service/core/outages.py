"""What a drill of an outage says of each device and site: what waited, what came late, who did not come back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .drills import LATE
from .model import Scan

MINUTE = timedelta(minutes=1)
IN_TIME = timedelta(minutes=60)  # after the end, for what had waited


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOutage:
    """One device and the window [start, end). ``minutes`` are after the end, None where there is nothing to say.

    ``queued``: readings of the window that were heard late; ``live``: those heard at once, so that the door was
    not cut off; ``slips``: paper, which waits for a hand and is neither. ``drained``: minutes until the last of
    the queue was heard; ``back``: minutes until anything was. ``stayed``: it was heard at once in the window and
    after it, and queued nothing: it took no part. Whether a device that read nothing was cut off, no log can say.
    ``lost``: readings that the device made and the log has not; None where nobody knows: no device counts aloud.
    """

    device_id: str
    name: str
    queued: int
    live: int
    slips: int
    drained: float | None
    back: float | None
    stayed: bool
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
    made: Sequence[str] | None = None,
) -> DeviceOutage:
    """Return what a device did about a window.

    Parameters
    ----------
    scans : iterable of Scan
        Rows of the device, refused ones too, read since the window began.
    seen_at : datetime, optional
        When the service last heard of it.
    made : sequence of str, optional
        The scan_ids that it made in the window, where a rehearsal knows them.
    """
    start, end = window
    rows = list(scans)
    inside = [row for row in rows if start <= row.scanned_at < end]
    read = [row for row in inside if row.source != "slip"]
    late = [row for row in read if row.received_at - row.scanned_at > LATE]
    heard = [row.received_at for row in rows if row.received_at >= end]
    heard += [seen_at] if seen_at is not None and seen_at >= end else []
    last = max((row.received_at for row in late), default=None)
    known = {row.scan_id for row in rows}
    return DeviceOutage(
        device_id=device_id,
        name=name,
        queued=len(late),
        live=len(read) - len(late),
        slips=len(inside) - len(read),
        drained=None if last is None else round(max(last - end, timedelta()) / MINUTE, 1),
        back=None if not heard else round((min(heard) - end) / MINUTE, 1),
        stayed=bool(heard and read and not late),
        lost=None if made is None else sum(scan_id not in known for scan_id in made),
    )
