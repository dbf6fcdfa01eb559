"""Write the extract: what the log knew at a moment, by facility and hour, without visitor, pass or case.

Visits stream by in order of time (core.visits.Pairing); a day's file is written once no scan can change it. Days
that are what they were in an earlier extract are taken over from there (extract_inputs.py says when).
"""

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from entry_service.core.categories import assumed_dwell
from entry_service.core.errors import BadInput
from entry_service.core.model import Facility, IndexVisit
from entry_service.services import dwell_by_facility
from entry_service.store.cases import cases, resting
from entry_service.store.database.engine import Store
from entry_service.store.log import closings, doubts, learned_dwell, news, quarantines, scans, voids
from entry_service.store.sites import devices, facilities, posters
from entry_service.version import code_version

from .extract_days import Days
from .extract_files import Earlier, kst, new_folder
from .extract_hours import Interval, Pass, outages
from .extract_inputs import DAY, Inputs

SECOND = timedelta(seconds=1)
BEFORE = 3 * DAY  # scans, and closings, so long around the period still bear on it
BEGUN, KNOWN = 0.02, 0.05  # of the work: something is told at once, and when it is known what must be read


class Grouping(Protocol):
    """What the extract asks the vault, see ``Vault``."""

    def group(self, passes: list[Pass]) -> Mapping[Pass, int]:
        """Return which passes of a day are one person's."""

    def count_day(self, day: date) -> Any:
        """Return ``DayCounts``: whether contacts came or went."""


class Source(Protocol):
    """The log, and the vault or the way to it."""

    @property
    def store(self) -> Store:
        """Return the opened log."""

    @property
    def vault(self) -> Grouping:
        """Return who groups passes."""


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
    days_taken_over: int


def write_extract(
    services: Source,
    folder: Path,
    *,
    as_of: datetime,
    start: datetime,
    end: datetime,
    created: datetime | None = None,
    previous: Path | None = None,
    told: Callable[[float], None] = lambda _part: None,
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
    previous : Path, optional
        An earlier extract: its days that cannot have changed are taken over. Not for a replay.
    told : function
        Called with how much is done, 0 to 1, from the beginning on.

    Raises
    ------
    BadInput
        ``start``, ``end`` or ``as_of`` do not fit together.
    FolderRefused
        ``folder`` holds something that is not an extract.
    """
    as_of = as_of.replace(microsecond=0)
    _check(start, end, as_of)
    told(BEGUN)
    with services.store.read() as db, new_folder(folder) as files:
        known = facilities.all(db)
        exact = index_visits_of(db, start, end, as_of)
        ordinals = _draw_ordinals(exact)
        index = [
            replace(visit, start=_floor(visit.start), end=_ceiling(visit.end), known_at=_ceiling(visit.known_at))
            for visit in exact
        ]
        files.write("facilities", map(_facility_row, known))
        files.write("index_visits", sorted(_index_row(visit, ordinals) for visit in index))
        days = Days(
            inputs=_inputs(db, services, known, exact, start, end, as_of),
            exact=exact,
            index=index,
            ordinals=ordinals,
            group=services.vault.group,
            told=lambda part: told(KNOWN + (1 - KNOWN) * part),
        )
        told(KNOWN)
        days.write(db, files, as_of, Earlier.read(previous, before=as_of))
        files.finish(
            {
                "profile": "log",
                "as_of": kst(as_of),
                "start": kst(start),
                "end": kst(end),
                "created": kst(created or as_of),
                "code_version": code_version(),
                "seen": {"seq": news.last_seen(db, as_of, end), "visits": visits_mark(exact)},
            }
        )
    told(1.0)
    return Extract(
        folder=folder,
        facilities=len(known),
        facility_hours=days.rows,
        entries=days.entries,
        index_visits=len(index),
        index_persons=len(ordinals),
        missing=days.missing,
        days_taken_over=days.taken_over,
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


def index_visits_of(db: Connection, start: datetime, end: datetime, as_of: datetime) -> list[IndexVisit]:
    """Return the index visits of the period whose case was registered by ``as_of``, exactly as registered.

    Left out are those of whose entry somebody had decided by then that it is void.
    """
    void = resting.void_by(db, as_of)
    within = (one for one in cases.visits_known_by(db, as_of) if one.start < end and start < one.end)
    return [one for one in within if (one.case_id, one.facility_id, one.start) not in void]


def visits_mark(visits: list[IndexVisit]) -> str:
    """Return a hash of visits, in any order: they come, go and change, and not each change leaves a time."""
    told = sorted((one.case_id, one.facility_id, *map(kst, (one.start, one.end, one.known_at))) for one in visits)
    return sha256(repr(told).encode()).hexdigest()


def _draw_ordinals(index: list[IndexVisit]) -> dict[str, int]:
    """Return case_id → a number that means nothing outside this extract."""
    case_ids = sorted({visit.case_id for visit in index})
    drawn = secrets.SystemRandom().sample(range(1, len(case_ids) + 1), len(case_ids))
    return dict(zip(case_ids, drawn, strict=True))


def _active(db: Connection, known: list[Facility]) -> dict[str, list[Interval]]:
    """Return when each facility took part: while a poster hung or a device was enrolled; else since its scans."""
    active: dict[str, list[Interval]] = {}
    for facility_id in (facility.facility_id for facility in known):
        hung = [(poster.valid_from, poster.retired_at) for poster in posters.of_facility(db, facility_id)]
        enrolled = [(record.created_at, record.device.revoked_at) for record in devices.all(db, facility_id)]
        active[facility_id] = hung + enrolled
        if not active[facility_id] and (first := scans.first_of(db, facility_id)) is not None:
            active[facility_id] = [(first, None)]
    return active


def _inputs(
    db: Connection,
    services: Source,
    known: list[Facility],
    exact: list[IndexVisit],
    start: datetime,
    end: datetime,
    as_of: datetime,
) -> Inputs:
    first, last = start - BEFORE, end + BEFORE
    logged = scans.logged_by_hour(db, first, last, as_of)
    return Inputs(
        start=start,
        end=end,
        known=known,
        dwell=dwell_by_facility({one.facility_id: one for one in known}, _dwell_known_by(db, as_of)),
        logged=logged,
        undone=voids.undone_by_hour(db, first, last, as_of),
        held=quarantines.held_between(db, first, last, as_of),
        voided=doubts.voided_between(db, first, last, as_of),
        closings=closings.between(db, None, first, as_of, known_by=as_of),
        active=_active(db, known),
        outages=outages({hour: many for hour, (many, _newest) in logged.items()}, start, end),
        index=exact,
        contacts=lambda day: dataclasses.astuple(services.vault.count_day(day))[1:],
    )


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
