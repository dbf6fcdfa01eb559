"""The mark of the hour: a coloured shape on every entry ticket of a facility, and on its staff page to compare.

A picture of an earlier ticket carries an earlier mark. The mark follows from a secret of the service: nobody
without a ticket of the facility knows that of the next hour. A ticket brings those of its day along, because it
works without network: whoever reads its page can draw them, so that the mark shows pictures, not forgers. It
says nothing about a visitor.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from .times import KST

COLOURS = ("red", "orange", "green", "blue", "purple", "black")
SHAPES = ("circle", "triangle", "square", "star", "heart", "cross")
MARKS = len(COLOURS) * len(SHAPES)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on the tickets of a facility from ``since`` on, for an hour."""

    since: datetime
    colour: str
    shape: str


def mark_of(secret: bytes, facility_id: str, at: datetime) -> Mark:
    """Return the mark of the hour (KST) that holds ``at``; within a day no hour has the mark of the one before."""
    hour = at.astimezone(KST).replace(minute=0, second=0, microsecond=0)
    number = 0
    for past in range(hour.hour + 1):
        drawn = hmac.digest(secret, f"mark|{facility_id}|{hour:%Y-%m-%d}|{past}".encode(), "sha256")
        chance = int.from_bytes(drawn[:4], "big")
        number = (number + 1 + chance % (MARKS - 1)) % MARKS if past else chance % MARKS
    return Mark(hour, COLOURS[number % len(COLOURS)], SHAPES[number // len(COLOURS)])


def marks_from(secret: bytes, facility_id: str, at: datetime, hours: int) -> list[Mark]:
    """Return the mark of this hour and of those that follow, for a page that will have no network."""
    return [mark_of(secret, facility_id, at + hour * HOUR) for hour in range(hours)]
