"""Write the extract: what the log knew at a moment, by facility and hour, without visitor, pass or case.

Visits stream by in order of time (core.visits.Pairing); a day's file is written once no scan can change it.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from entry_service.core.categories import assumed_dwell
from entry_service.core.closings import Closings
from entry_service.core.errors import BadInput
from entry_service.core.model import Facility, IndexVisit, Visit
from entry_service.core.times import KST, day_start, kst_day
from entry_service.core.visits import HOUR, Pairing, hours_of
from entry_service.services import Services, dwell_by_facility
from entry_service.store import cases, closings, devices, facilities, learned_dwell, posters, scans
from entry_service.version import code_version

from .extract_files import Folder, kst, new_folder
from .extract_hours import Exposure, IndexHours, Interval, Pass, Silence, Tally, outages

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEFORE = 3 * DAY  # scans, and closings, so long before the period still bear on it
MISSING = ("closed", "inactive", "outage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What was written: rows and totals, and how many facility-hours say why they have no count."""

    folder: Path
    facilities: int
    facility_hours: int
    entries: int
    index_visits: int
    index_persons: int
    missing: dict[str, int]


def write_extract(
    services: Services,
    folder: Path,
    *,
    as_of: datetime,
    start: datetime,
    end: datetime,
    created: datetime | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Extract:
    """Write the contract folder (contract/extract.json) and return what is in it.

    Parameters
    ----------
    folder : Path
        Takes the place of an earlier extract of that name in one step, mode 0700.
    as_of : datetime
        Only scans received and cases registered by then; it may lie in the past (a replay).
    start, end : datetime
        The period [start, end), whole hours, not later than ``as_of``.
    created : datetime, optional
        When the file is written; default ``as_of``.
    advance : function without arguments
        Called after each day.

    Raises
    ------
    BadInput
        ``start``, ``end`` or ``as_of`` do not fit together.
    FolderRefused
        ``folder`` holds something that is not an extract.
    """
    as_of = as_of.replace(microsecond=0)
    _check(start, end, as_of)
    with services.store.read() as db, new_folder(folder) as files:
        known = facilities.all(db)
        exact = _index_visits(db, start, end, as_of)
        ordinals = _draw_ordinals(exact)
        index = [
            replace(visit, start=_floor(visit.start), end=_ceiling(visit.end), known_at=_ceiling(visit.known_at))
            for visit in exact
        ]
        files.write("facilities", map(_facility_row, known))
        files.write("index_visits", sorted(_index_row(visit, ordinals) for visit in index))
        hours = _Hours(
            start=start,
            end=end,
            known=known,
            tally=Tally([facility.facility_id for facility in known], start, end),
            index=IndexHours(index, ordinals),
            exposure=Exposure(index, [(visit.facility_id, visit.start) for visit in exact]),
            silence=Silence(_active(db, known), _outages(db, start, end, as_of)),
            group=services.vault.group,
        )
        pairing = Pairing(
            dwell_by_facility({facility.facility_id: facility for facility in known}, _dwell_known_by(db, as_of)),
            Closings(closings.between(db, None, start - BEFORE, as_of, known_by=as_of)),
        )
        _write_days(db, files, hours, pairing, as_of, advance)
        files.finish(
            {
                "profile": "log",
                "as_of": kst(as_of),
                "start": kst(start),
                "end": kst(end),
                "created": kst(created or as_of),
                "code_version": code_version(),
            }
        )
    return Extract(
        folder=folder,
        facilities=len(known),
        facility_hours=hours.rows,
        entries=hours.entries,
        index_visits=len(index),
        index_persons=len(ordinals),
        missing=hours.missing,
    )


def _check(start: datetime, end: datetime, as_of: datetime) -> None:
    for name, at in (("start", start), ("end", end)):
        if (at.minute, at.second, at.microsecond) != (0, 0, 0):
            raise BadInput("기간은 정시에 시작하고 끝나야 합니다.", field=name)
    if end <= start:
        raise BadInput("기간의 끝은 시작보다 늦어야 합니다.", field="end")
    if end > as_of:
        raise BadInput("기간의 끝은 기준 시점보다 늦을 수 없습니다.", field="end")


def _dwell_known_by(db: Connection, as_of: datetime) -> Callable[[str], timedelta]:
    learned = learned_dwell.known_by(db, as_of)
    return lambda category: learned.get(category) or assumed_dwell(category)


def _index_visits(db: Connection, start: datetime, end: datetime, as_of: datetime) -> list[IndexVisit]:
    """Return the index visits of the period whose case was registered by ``as_of``, exactly as registered."""
    known = cases.visits_known_by(db, as_of)
    return [visit for visit in known if visit.start < end and start < visit.end]


def _draw_ordinals(index: list[IndexVisit]) -> dict[str, int]:
    """Return case_id → a number that means nothing outside this extract."""
    case_ids = sorted({visit.case_id for visit in index})
    drawn = secrets.SystemRandom().sample(range(1, len(case_ids) + 1), len(case_ids))
    return dict(zip(case_ids, drawn, strict=True))


def _active(db: Connection, known: list[Facility]) -> dict[str, list[Interval]]:
    """Return when each facility took part: while a poster hung or a device was enrolled; else since its scans."""
    first = scans.first_by_facility(db)
    active: dict[str, list[Interval]] = {}
    for facility_id in (facility.facility_id for facility in known):
        hung = [(poster.valid_from, poster.retired_at) for poster in posters.of_facility(db, facility_id)]
        enrolled = [(record.created_at, record.device.revoked_at) for record in devices.all(db, facility_id)]
        active[facility_id] = hung + enrolled
        if not active[facility_id] and facility_id in first:
            active[facility_id] = [(first[facility_id], None)]
    return active


def _outages(db: Connection, start: datetime, end: datetime, as_of: datetime) -> frozenset[datetime]:
    return outages(scans.count_by_hour(db, start, end, as_of), start, end)


def _write_days(
    db: Connection,
    files: Folder,
    hours: "_Hours",
    pairing: Pairing,
    as_of: datetime,
    advance: Callable[[], None],
) -> None:
    """Read the log once, a day at a time; after a day is read, every visit of the day before is decided."""
    first, last = kst_day(hours.start), kst_day(hours.end - HOUR)
    day = first - 2 * DAY  # whoever was inside when the period began came a day before, and not unseen before that
    while day <= last + DAY:
        tomorrow = day_start(day + DAY)
        for scan in scans.stream(db, day_start(day), tomorrow, as_of):
            visit = pairing.feed(scan)
            if visit is not None:
                hours.add(visit)
        for visit in pairing.settle(tomorrow):
            hours.add(visit)
        if day > first:
            yesterday = day - DAY
            files.write("facility_hours", hours.rows_of(yesterday), day=yesterday.isoformat())
            advance()
        day += DAY


@dataclass(slots=True, kw_only=True)
class _Hours:
    """The rows of facility_hours, and their totals as they are written."""

    start: datetime
    end: datetime
    known: list[Facility]
    tally: Tally
    index: IndexHours
    exposure: Exposure
    silence: Silence
    group: Callable[[Iterable[Pass]], Mapping[Pass, int]]
    rows: int = 0
    entries: int = 0
    missing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MISSING, 0))

    def add(self, visit: Visit) -> None:
        self.tally.add(visit)
        self.exposure.add(visit)

    def rows_of(self, day: date) -> Iterator[tuple[Any, ...]]:
        """Yield a row for each facility and hour of the day within the period, hour by hour."""
        begin, until = max(self.start, day_start(day)), min(self.end, day_start(day + DAY))
        hours = [hour for hour, _ in hours_of(begin, until)]
        exposed = self.exposure.take(hours, self.group)
        for hour in hours:
            written, hour_of_day = kst(hour), hour.astimezone(KST).hour
            for facility, entries, minutes in zip(self.known, *self.tally.take(hour), strict=True):
                index = self.index.of(facility.facility_id, hour)
                logged = entries > 0 or minutes > 0
                missing = self.silence.why(facility, hour, hour_of_day, logged=logged)
                self.rows += 1
                if missing:
                    self.missing[missing] += 1
                    yield (facility.facility_id, written, None, None, *index, None, missing)
                else:
                    self.entries += entries
                    near = exposed.get((facility.facility_id, hour), 0)
                    yield (facility.facility_id, written, entries, round(minutes, 3), *index, near, "")


def _facility_row(facility: Facility) -> tuple[Any, ...]:
    return (
        facility.facility_id,
        facility.category,
        facility.lon,
        facility.lat,
        facility.area_m2,
        facility.capacity,
        facility.risk_score,
        facility.stage,
        "true" if facility.sensitive else "false",
    )


def _index_row(visit: IndexVisit, ordinals: Mapping[str, int]) -> tuple[Any, ...]:
    return ordinals[visit.case_id], visit.facility_id, kst(visit.start), kst(visit.end), kst(visit.known_at)


def _floor(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _ceiling(at: datetime) -> datetime:
    return _floor(at + SECOND - timedelta(microseconds=1))
