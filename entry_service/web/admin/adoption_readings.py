"""What the adoption page shows, reckoned: waves, the bars of the days, shares of the doors, where to go next."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from entry_service.store.sites.site_states import STATES, SiteState

from ..manager.day_chart import nice_top
from ..officer.result_folders import ResultFolder

WIDTH, HEIGHT = 280.0, 100.0  # units of the picture; it is stretched to the width of the page
GAP = 2.0
DOORS = ("staff_scan", "poster", "call", "slip", "card")  # from the bottom of a bar
MOST_NEXT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One coloured part of a bar: whose it is, its rectangle and its value."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars, and the value of the top line."""

    parts: tuple[Part, ...]
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A place with people whom the log does not see: person-hours of the period, people at the busiest hour.

    ``gain`` is what extending the log there would add; None in a run of an earlier analytics.
    """

    name: str
    gain: float | None
    unseen: float
    share_seen: float
    facilities: int
    busiest_hour: int | None
    people_then: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the newest run says: the share of all person-hours that the log sees, and where it sees least."""

    as_of: str
    share: float | None
    places: tuple[Next, ...]


def waves(sites: Sequence[SiteState]) -> dict[int, Counter[str]]:
    """Return wave → state → facilities, sensitive ones counted like any other."""
    found: dict[int, Counter[str]] = {}
    for site in sites:
        found.setdefault(site.stage, Counter())[site.state] += 1
    return dict(sorted(found.items()))


def wave_bars(counts: Mapping[int, Counter[str]]) -> dict[int, list[tuple[str, float, float]]]:
    """Return wave → (state, start, length) along a bar of 100."""
    bars = {}
    for stage, states in counts.items():
        total, at, parts = states.total(), 0.0, []
        for state in STATES:
            length = 100 * states[state] / total
            parts.append((state, round(at, 2), round(length, 2)))
            at += length
        bars[stage] = parts
    return bars


def day_chart(days: Mapping[date, Counter[str]]) -> Chart:
    """Return the stacked bars of the days, the doors from the bottom in the order of ``DOORS``."""
    top = nice_top(max((counts.total() for counts in days.values()), default=0) or 1)
    step = WIDTH / max(len(days), 1)
    parts = []
    for place, counts in enumerate(days.values()):
        below = 0
        for kind in DOORS:
            value = counts[kind]
            below += value
            if value:
                y, height = HEIGHT - HEIGHT * below / top, HEIGHT * value / top
                x = round(place * step + GAP / 2, 2)
                parts.append(
                    Part(kind=kind, x=x, y=round(y, 2), width=step - GAP, height=round(height, 2), value=value)
                )
    return Chart(parts=tuple(parts), top=top)


def doors(days: Mapping[date, Counter[str]]) -> list[tuple[str, int, float]]:
    """Return (door, entries, share of all entries) of the days together; shares are 0 where nothing came."""
    total: Counter[str] = sum(days.values(), Counter())
    return [(kind, total[kind], total[kind] / total.total() if total else 0.0) for kind in DOORS]


def coverage_of(run: ResultFolder | None) -> Coverage | None:
    """Return what the newest run says of coverage; None without a run, or on published routes."""
    if run is None or run.routes:
        return None
    told = run.summary.get("coverage")
    share = told.get("coverage") if isinstance(told, dict) else None
    file = run.path / "blind_spots.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())) if file.is_file() else []
    return Coverage(as_of=run.as_of, share=share, places=tuple(map(_next, rows[:MOST_NEXT])))


def _next(row: Mapping[str, str]) -> Next:
    return Next(
        name=row.get("name") or row["unit_code"],
        gain=float(row["gain_person_hours"]) if row.get("gain_person_hours") else None,
        unseen=float(row["unseen_person_hours"]),
        share_seen=float(row["share_seen"] or 0),
        facilities=int(float(row["facilities"] or 0)),
        busiest_hour=int(float(row["busiest_hour"])) if row["busiest_hour"] else None,
        people_then=float(row["people_unseen_then"]) if row["people_unseen_then"] else None,
    )
