"""What teams noted in the field: each note once, under the id that its phone made."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select

from entry_service.core.disinfection import FieldCheck
from entry_service.core.errors import EntryError
from entry_service.core.times import day_start

from ..schema.plan_tables import field_checks

_COLUMNS = [field_checks.c[field.name] for field in dataclasses.fields(FieldCheck)]


class CheckConflict(EntryError):
    """The check_id belongs to another note; the first is kept."""

    status, code, sentence = 409, "check_conflict", "같은 번호의 다른 점검 기록이 이미 있습니다."


def append(db: Connection, check: FieldCheck) -> FieldCheck:
    """Keep a note and return what is kept under its id; raise ``CheckConflict`` where that is another.

    Whoever writes holds the lock of the id (``locks.all_at_a_time``): the same note may come twice at once.
    """
    row = db.execute(select(*_COLUMNS).where(field_checks.c.check_id == check.check_id)).first()
    if row is None:
        values = dataclasses.asdict(check) | {"surfaces": " ".join(check.surfaces)}
        db.execute(insert(field_checks).values(**values))
        return check
    kept = _read(row)
    if kept.told != check.told:
        raise CheckConflict
    return kept


def of_day(db: Connection, day: date) -> Mapping[str, Sequence[FieldCheck]]:
    """Return stop_id → its notes in any plan of the day, the newest by the time of doing first.

    What a shift of the evening before did after midnight was done on this day as well.
    """
    eve = day - timedelta(days=1)
    late = (field_checks.c.day == eve) & (field_checks.c.judged_at >= day_start(day))
    return _by_stop(db, select(*_COLUMNS).where(or_(field_checks.c.day == day, late)))


def done_on(db: Connection, day: date) -> Mapping[str, FieldCheck]:
    """Return stop_id → the newest note of the stops that were done in any plan of the day."""
    found = of_day(db, day)
    newest = {stop_id: notes[0] for stop_id, notes in found.items()}
    return {stop_id: note for stop_id, note in sorted(newest.items()) if note.state == "done"}


def newest_first() -> tuple[ColumnElement, ...]:
    """Return the order in which the first of several notes about a stop is the one that counts."""
    return field_checks.c.judged_at.desc(), field_checks.c.received_at.desc(), field_checks.c.check_id


def _by_stop(db: Connection, query: Select) -> dict[str, list[FieldCheck]]:
    found: dict[str, list[FieldCheck]] = {}
    for row in db.execute(query.order_by(*newest_first())):
        found.setdefault(row.stop_id, []).append(_read(row))
    return found


def _read(row: Row) -> FieldCheck:
    values = dict(row._mapping)
    return FieldCheck(**values | {"surfaces": tuple(values["surfaces"].split())})
