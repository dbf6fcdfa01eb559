"""People whose scans are being written: not yet in the reading of who is inside (store/log/occupancy.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Coming:
    """How many are being written, by facility."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._people: dict[str, int] = {}
        self._lock = Lock()

    @contextmanager
    def announced(self, facility_id: str, people: int) -> Iterator[None]:
        """Announce people until the reading of who is inside has followed the write of their scans."""
        self._add(facility_id, people)
        try:
            yield
        finally:
            self._add(facility_id, -people)

    def count(self, facility_id: str) -> int:
        """Return how many are announced."""
        return self._people.get(facility_id, 0)

    def _add(self, facility_id: str, people: int) -> None:
        with self._lock:
            self._people[facility_id] = self._people.get(facility_id, 0) + people
            if not self._people[facility_id]:
                del self._people[facility_id]
