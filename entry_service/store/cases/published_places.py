"""Places for the public list: drafts, published and withdrawn rows, and who changed them. No case, no person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, true, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Facility
from entry_service.core.publication import Act, Place, State, Stay, expiry

from ..log.counted import real_case
from ..schema.care_tables import place_changes, published_places
from ..schema.tables import Moment, cases, facilities, index_visits
from .resting import doubted_visits

LARGEST = 2**63 - 1  # a 64-bit key
_KEPT = tuple(column for column in published_places.c if column.name not in {"facility_id", "expires_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An index visit that may become a row; ``visit_id`` means something in the case register alone.

    ``doubted``: nothing but a reading that is void, or waits for a decision, tells of it.
    """

    visit_id: int
    facility: Facility
    stay: Stay
    doubted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who did what to a row; ``changed_by`` is an account."""

    act: Act
    changed_by: str
    changed_at: datetime


def candidates(db: Connection, ended_after: datetime, case_id: str | None = None) -> list[Candidate]:
    """Return the index visits that ended after the moment, of one case or of all, by facility and start."""
    query = (
        select(index_visits, facilities)
        .join(facilities, facilities.c.facility_id == index_visits.c.facility_id)
        .where(index_visits.c.end > ended_after, real_case(index_visits.c.case_id))
        .order_by(facilities.c.name, facilities.c.facility_id, index_visits.c.start, index_visits.c.index_visit_id)
    )
    if case_id is not None:
        query = query.where(index_visits.c.case_id == case_id)
    doubts = doubted_visits(db, case_id)
    return [
        Candidate(
            visit_id=row.index_visit_id,
            facility=_facility(row),
            stay=Stay(
                facility_id=row._mapping[index_visits.c.facility_id],
                start=row.start,
                end=row.end,
                by_date=row.by_date,
            ),
            doubted=row.origin == "pass"
            and not row.also_told
            and (row.case_id, row._mapping[index_visits.c.facility_id], row.start) in doubts,
        )
        for row in db.execute(query)
    ]


def case_numbers(db: Connection) -> list[str]:
    """Return the number of every registered case: none of them may stand in words for the public."""
    return list(db.execute(select(cases.c.number)).scalars())


def sensitive_names(db: Connection) -> list[str]:
    """Return the names of the facilities that are never told."""
    return list(db.execute(select(facilities.c.name).where(facilities.c.sensitive == true())).scalars())


def add(db: Connection, stay: Stay, *, by: str, now: datetime) -> int:
    """Keep a draft and return its number."""
    values = {
        "facility_id": stay.facility_id,
        "start": stay.start,
        "end": stay.end,
        "by_date": stay.by_date,
        "contacts_known": False,
        "remark": "",
        "state": "draft",
        "created_at": now,
        "expires_at": expiry(stay.end),
        "changed_at": now,
        "changed_by": by,
    }
    [place_id] = db.execute(insert(published_places).values(**values)).inserted_primary_key
    _note(db, place_id, "drafted", by, now)
    return place_id


def get(db: Connection, place_id: int) -> Place:
    """Return one row, or raise ``NotFound``."""
    found = some(db, [place_id])
    if not found:
        raise NotFound(what="place")
    return found[0]


def some(db: Connection, place_ids: Sequence[int]) -> list[Place]:
    """Return the rows of these numbers that exist, by facility and start; a number no database holds is none."""
    known = [number for number in place_ids if number <= LARGEST]
    return [_place(row) for row in db.execute(_places().where(published_places.c.place_id.in_(known)))]


def of_facilities(db: Connection, facility_ids: Iterable[str], now: datetime) -> list[Place]:
    """Return the drafts and published rows of these facilities that have not expired."""
    live = _places().where(
        published_places.c.facility_id.in_(sorted(set(facility_ids))),
        published_places.c.state != "withdrawn",
        published_places.c.expires_at > now,
    )
    return [_place(row) for row in db.execute(live)]


def live(db: Connection, state: State, now: datetime) -> list[Place]:
    """Return the rows of a state that have not expired, by name of the facility and start."""
    query = _places().where(published_places.c.state == state, published_places.c.expires_at > now)
    return [_place(row) for row in db.execute(query)]


def ended(db: Connection, now: datetime, limit: int) -> list[Place]:
    """Return the newest rows that are shown no more: expired after they were published, or withdrawn."""
    over = (published_places.c.state == "withdrawn") | (published_places.c.expires_at <= now)
    was_told = published_places.c.published_at.is_not(None)
    query = _places(ordered=False).where(over, was_told).order_by(published_places.c.changed_at.desc())
    return [_place(row) for row in db.execute(query.order_by(published_places.c.place_id.desc()).limit(limit))]


def published_between(db: Connection, start: datetime, end: datetime) -> list[Place]:
    """Return the rows that were first published in [start, end), whatever became of them."""
    at = published_places.c.published_at
    return [_place(row) for row in db.execute(_places().where(at >= start, at < end))]


def told_since(db: Connection, moment: datetime) -> list[Place]:
    """Return what was told at the moment or later, whatever became of it: a row with each window that it had.

    A publication tells; of the corrections those that told more than before.
    """
    start = func.coalesce(place_changes.c.told_start, published_places.c.start, type_=Moment)
    end = func.coalesce(place_changes.c.told_end, published_places.c.end, type_=Moment)
    query = _places().join(place_changes, place_changes.c.place_id == published_places.c.place_id)
    rows = db.execute(
        query.add_columns(start.label("told_from"), end.label("told_to"))
        .where(place_changes.c.changed_at >= moment, tells())
        .order_by(place_changes.c.change_id)
    )
    return [replace(_place(row), start=row.told_from, end=row.told_to) for row in rows]


def tells() -> ColumnElement[bool]:
    """Return the condition of a change that told more; what an older version published has no window."""
    return (place_changes.c.act == "published") | place_changes.c.told_start.is_not(None)


def change(db: Connection, place: Place, act: Act, *, tells_more: bool = False) -> None:
    """Keep the row as it is given, and that its ``changed_by`` did this at its ``changed_at``.

    ``tells_more``: the public is told more by this than before.
    """
    values = {column.name: getattr(place, column.name) for column in _KEPT if column.name != "place_id"}
    values["expires_at"] = place.expires_at
    db.execute(update(published_places).where(published_places.c.place_id == place.place_id).values(**values))
    told = {"told_start": place.start, "told_end": place.end} if tells_more else {}
    _note(db, place.place_id, act, place.changed_by, place.changed_at, **told)


def mark_messaged(db: Connection, place_ids: Sequence[int], now: datetime) -> None:
    """Keep that a message about the places was made ready now."""
    db.execute(update(published_places).where(published_places.c.place_id.in_(place_ids)).values(messaged_at=now))


def changes(db: Connection, place_id: int) -> list[Change]:
    """Return what was done to a row, the oldest first."""
    query = select(place_changes).where(place_changes.c.place_id == place_id)
    rows = db.execute(query.order_by(place_changes.c.changed_at, place_changes.c.change_id))
    return [Change(act=row.act, changed_by=row.changed_by, changed_at=row.changed_at) for row in rows]


def drop(db: Connection, place_ids: Sequence[int]) -> None:
    """Remove rows and what is known of their changes."""
    db.execute(delete(place_changes).where(place_changes.c.place_id.in_(place_ids)))
    db.execute(delete(published_places).where(published_places.c.place_id.in_(place_ids)))


def drop_ended_before(db: Connection, before: datetime) -> int:
    """Remove every row whose last contact was before the moment; return how many. For the retention job."""
    ids = list(db.execute(select(published_places.c.place_id).where(published_places.c.end < before)).scalars())
    for first in range(0, len(ids), 500):
        drop(db, ids[first : first + 500])
    return len(ids)


def _note(db: Connection, place_id: int, act: Act, by: str, now: datetime, **told: datetime) -> None:
    db.execute(insert(place_changes).values(place_id=place_id, act=act, changed_by=by, changed_at=now, **told))


def _places(*, ordered: bool = True) -> Select:
    query = select(*_KEPT, facilities).join(facilities, facilities.c.facility_id == published_places.c.facility_id)
    in_order = (facilities.c.name, facilities.c.facility_id, published_places.c.start, published_places.c.place_id)
    return query.order_by(*in_order) if ordered else query


def _place(row: Row) -> Place:
    return Place(facility=_facility(row), **{column.name: row._mapping[column] for column in _KEPT})


def _facility(row: Row) -> Facility:
    return Facility(**{column.name: row._mapping[column] for column in facilities.c})
