"""How many are inside of a crowded place, as they were a moment ago; where each count has to ask the log.

With several processes it does. The question costs by the people inside, about 5 ms for a thousand on PostgreSQL,
and every scan there asks it twice. Far from its limit a place of a thousand needs no answer newer than a second.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

CROWD = 300  # people: fewer are counted anew each time
A_PERSON = timedelta(milliseconds=1)  # so much longer is a count gone by
LONGEST = timedelta(seconds=2)
ENTER_MEANWHILE = 4  # one for so many inside comes in that time at the very most: 250 a second


class Crowded:
    """The last counts, by facility and zone."""

    def __init__(self) -> None:
        """Begin without any."""
        self._kept: dict[tuple[str, str], tuple[datetime, datetime, int]] = {}  # from, until, people

    def count(self, facility_id: str, zone: str, now: datetime, read: Callable[[], int]) -> int:
        """Return the people inside: as read now, or where they are a crowd, at most ``LONGEST`` ago."""
        kept = self._kept.get((facility_id, zone))
        if kept is not None and kept[0] <= now < kept[1]:
            return kept[2]
        people = read()
        if people >= CROWD:
            self._kept[facility_id, zone] = now, now + min(people * A_PERSON, LONGEST), people
        elif kept is not None:
            self._kept.pop((facility_id, zone), None)
        return people

    def margin(self, people: int) -> int:
        """Return how many more may be inside than a count of this process says."""
        return people // ENTER_MEANWHILE if people >= CROWD else 0
