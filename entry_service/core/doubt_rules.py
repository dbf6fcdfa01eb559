"""What makes an accepted reading so doubtful that a person decides whether it counts: the rules, as data.

``doubt_rules.csv`` holds one figure a row, with where it comes from; docs/watch.md tells them. Nothing refuses
anybody here: a doubted reading is kept and counted, but exposes nobody until somebody decided
(usecases/sites/watch.py).
"""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from .model import Facility
from .opening import opens_by

Reason = Literal[
    "two_places", "outside_hours", "closed", "after_closing", "retired_poster", "reported_poster", "burst"
]
REASONS: tuple[Reason, ...] = get_args(Reason)
Decision = Literal["counts", "void", "reopened"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
WHY: Mapping[Decision, tuple[str, ...]] = {  # the closed lists of why somebody decided so
    "counts": ("site_confirmed", "staff_saw", "open_late", "place_wrong"),
    "void": ("copied_poster", "shared_pass", "device_wrong", "made_up"),
    "reopened": ("decided_wrongly",),
}
UNDECIDED = "undecided"  # said of a reading in a trace, beside its reasons: nobody has decided about it
UNSTAFFED = ("poster", "call")  # sources that nobody at the place has a hand in
LONGEST_WAY = timedelta(
    hours=3
)  # between any two places of the country: readings further apart are never too near
COLUMNS = ["rule", "name", "value", "unit", "source"]
UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1)}
EARTH = 6_371_008.8  # metres


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a reading is doubted; ``beside`` is the scan_id of the reading that it does not go together with."""

    reason: Reason
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRules:
    """The figures. ``speeds``: (from metres on, metres a second), rising; ``place_metres`` by coord_quality."""

    speeds: tuple[tuple[float, float], ...]
    place_metres: Mapping[str, float]
    clocks: timedelta
    outside_hours: timedelta
    after_closing: timedelta
    longest_closed: timedelta
    retired_poster: timedelta

    def least_way(self, one: Facility, other: Facility) -> timedelta:
        """Return the least time between being read at one and at the other, clocks allowed for; nought if near.

        Of the straight distance what the coordinates do not tell is left away; the rest is gone stretch by
        stretch, each at its speed.
        """
        unsure = self.place_metres[one.coord_quality] + self.place_metres[other.coord_quality]
        left = metres(one, other) - unsure
        seconds = 0.0
        ends = [start for start, _ in self.speeds[1:]] + [math.inf]
        for (start, speed), end in zip(self.speeds, ends, strict=True):
            if left > start:
                seconds += (min(left, end) - start) / speed
        return max(timedelta(), timedelta(seconds=seconds) - self.clocks)

    def is_outside_hours(self, facility: Facility, at: datetime) -> bool:
        """Say whether a facility is closed at a moment, and was or will be for longer than the margin."""
        return not opens_by(facility.opens, facility.closes, at, self.outside_hours)


def metres(one: Facility, other: Facility) -> float:
    """Return the straight distance between two facilities on the sphere."""
    south, north = math.radians(one.lat), math.radians(other.lat)
    east = math.radians(other.lon - one.lon)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(east / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))


def read_doubt_rules(lines: Iterable[str]) -> DoubtRules:
    """Return the rules of a csv text; raise ``ValueError`` with the number of the line that is none."""
    rows = csv.DictReader(lines)
    if rows.fieldnames != COLUMNS:
        raise ValueError(f"columns are {rows.fieldnames}, not {COLUMNS}")
    speeds: list[tuple[float, float]] = []
    places: dict[str, float] = {}
    spans: dict[tuple[str, str], timedelta] = {}
    for number, row in enumerate(rows, 2):
        try:
            value = float(row["value"])
            if not (value >= 0 and row["source"]):
                raise ValueError("a figure that is no less than 0, and a source, are needed")
            if row["rule"] == "speed_from_km":
                speeds.append((float(row["name"]) * 1_000, value / 3.6))
            elif row["rule"] == "place_metres":
                places[row["name"]] = value
            else:
                spans[row["rule"], row["name"]] = value * UNITS[row["unit"]]
        except (KeyError, TypeError, ValueError) as wrong:
            raise ValueError(f"line {number}: {wrong}") from wrong
    return DoubtRules(
        speeds=tuple(sorted(speeds)),
        place_metres=places,
        clocks=spans["clocks", "both"],
        outside_hours=spans["outside_hours", "margin"],
        after_closing=spans["after_closing", "margin"],
        longest_closed=spans["after_closing", "longest"],
        retired_poster=spans["retired_poster", "margin"],
    )
