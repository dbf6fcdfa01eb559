"""One facility as the memory of who is inside has it (store/log/occupancy.py)."""

import heapq
from datetime import UTC, datetime
from typing import NamedTuple

from .held import Span

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Latest(NamedTuple):
    """The latest scan of a pass; the greater one is the later: of two at the same moment the check-out."""

    at: datetime
    is_out: bool
    party: int
    facility_id: str
    zone: str


class Place:
    """The passes whose latest scan is a check-in here, and a running total of the people inside, by zone too.

    Questions ask about an ever later ``since``, so a check-in leaves the total once and for good: a scan costs the
    same however many people came today. An earlier ``since`` is answered by looking at every pass.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.held: list[Span] = []  # times in which unverified poster entries do not count
        self._entered: dict[bytes, Latest] = {}
        self._counted: dict[bytes, Latest] = {}  # those of them not before the last ``since``
        self._people: dict[str, int] = {}  # counted, by zone
        self._since = BEGINNING
        self._entries: list[tuple[datetime, bytes]] = []  # a heap: the earliest counted check-in first
        self._closed: dict[str, datetime] = {}  # zone → the last time that everyone was sent out

    def holds(self, at: datetime) -> bool:
        """Say whether a quarantine holds back what was read at the moment."""
        return any(start <= at and (end is None or at < end) for start, end in self.held)

    def enter(self, pid: bytes, latest: Latest) -> None:
        """Let a pass in, unless everyone was sent out since."""
        if self._is_closed(latest):
            return
        self._entered[pid] = latest
        self._count(pid, latest)

    def leave(self, pid: bytes) -> None:
        """Let a pass out, if it is here."""
        if self._entered.pop(pid, None) is not None:
            self._discount(pid)

    def close(self, zone: str, at: datetime) -> None:
        """Let everyone out of the zone, or of all where it is empty, who entered by then."""
        self._closed[zone] = max(at, self._closed.get(zone, at))
        for pid in [pid for pid, latest in self._entered.items() if self._is_closed(latest)]:
            self.leave(pid)

    def count(self, since: datetime) -> int:
        """Return the people who entered at or after ``since`` and are still here."""
        return sum(self.by_zone(since).values())

    def by_zone(self, since: datetime) -> dict[str, int]:
        """Return the same people by zone; zones without anybody are left out."""
        if since < self._since:
            people: dict[str, int] = {}
            for latest in self._entered.values():
                if latest.at >= since:
                    people[latest.zone] = people.get(latest.zone, 0) + latest.party
            return people
        self._since = since
        while self._entries and self._entries[0][0] < since:
            at, pid = heapq.heappop(self._entries)
            latest = self._counted.get(pid)
            if latest is not None and latest.at == at:
                self._discount(pid)
        return dict(self._people)

    def recount(self) -> None:
        """Begin the totals again, for questions that may look further back than those before."""
        self._since, self._counted, self._people, self._entries = BEGINNING, {}, {}, []
        for pid, latest in self._entered.items():
            self._count(pid, latest)

    def forget(self, before: datetime) -> None:
        """Drop what nobody asks about any more: passes that entered, and closings, before the moment."""
        self.by_zone(max(before, self._since))
        for pid in [pid for pid, latest in self._entered.items() if latest.at < before]:
            self.leave(pid)
        self._closed = {zone: at for zone, at in self._closed.items() if at >= before}

    def _is_closed(self, latest: Latest) -> bool:
        if not self._closed:
            return False
        whole, own = self._closed.get(""), self._closed.get(latest.zone)
        return any(closed is not None and latest.at <= closed for closed in (whole, own))

    def _count(self, pid: bytes, latest: Latest) -> None:
        if latest.at >= self._since:
            self._counted[pid] = latest
            self._people[latest.zone] = self._people.get(latest.zone, 0) + latest.party
            heapq.heappush(self._entries, (latest.at, pid))

    def _discount(self, pid: bytes) -> None:
        counted = self._counted.pop(pid, None)
        if counted is not None:
            left = self._people[counted.zone] - counted.party
            if left:
                self._people[counted.zone] = left
            else:
                del self._people[counted.zone]
