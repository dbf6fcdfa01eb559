"""What counts: the rows of the log that no one has undone, no quarantine holds back and no drill has left.

The log is never changed. A scan that was undone has a row in ``voids``, one that somebody decided to be void a row
in ``doubt_decisions`` that nothing has ended; unverified poster entries of a flood lie
in the time of a row in ``quarantines`` and count again once that is released. Every reading of the log asks here,
so that no two readings disagree.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, literal, not_, or_

from entry_service.core.drills import CASE_PREFIX, FLAG

from ..schema.door_tables import quarantines, voids
from ..schema.doubt_tables import doubt_decisions
from ..schema.tables import scans

RELEASED = "released"
DOUBTED = "unverified"  # the flag of an entry whose phone nobody verified: the only kind that a quarantine holds
# The same words for statements that the hot path runs without SQLAlchemy (database/direct.py); nothing to bind.
STANDING = (  # without a word about drills: for questions about one pass, which is a drill's or is not
    "NOT EXISTS (SELECT 1 FROM voids WHERE voids.scan_id = scans.scan_id) "
    "AND NOT EXISTS (SELECT 1 FROM doubt_decisions AS said WHERE said.scan_id = scans.scan_id "
    "AND said.decision = 'void' AND said.ended_at IS NULL) "
    "AND NOT (scans.source = 'poster' AND ' ' || scans.flags || ' ' LIKE '% unverified %' AND EXISTS ("
    "SELECT 1 FROM quarantines AS held WHERE held.facility_id = scans.facility_id "
    "AND held.started_at <= scans.scanned_at "
    "AND (held.ended_at IS NULL OR scans.scanned_at < held.ended_at) AND held.decision <> 'released'))"
)
COUNTED = f"{STANDING} AND scans.flags NOT LIKE '%{FLAG}%'"


def counted(known_by: datetime | None = None, *, drill: bool = False) -> ColumnElement[bool]:
    """Return the condition, over ``tables.scans``, of a row that is neither undone nor held back.

    With ``known_by`` what was undone, held and released only later is left out of account: a replay as of a moment
    sees what was known then. With ``drill`` the rows of drills count, and no others.
    """
    undone = exists().where(voids.c.scan_id == scans.c.scan_id)
    released = quarantines.c.decision == RELEASED
    holds = [
        quarantines.c.facility_id == scans.c.facility_id,
        quarantines.c.started_at <= scans.c.scanned_at,
        or_(quarantines.c.ended_at.is_(None), scans.c.scanned_at < quarantines.c.ended_at),
    ]
    if known_by is not None:
        undone = undone.where(voids.c.voided_at <= known_by)
        released = and_(released, quarantines.c.decided_at <= known_by)
        holds.append(quarantines.c.started_at <= known_by)
    doubted = (literal(" ") + scans.c.flags + literal(" ")).like(f"% {DOUBTED} %")
    held = and_(scans.c.source == "poster", doubted, exists().where(*holds, not_(released)))
    return and_(not_(undone), not_(_is_void(known_by)), not_(held), of_drills(drill))


def of_drills(drill: bool) -> ColumnElement[bool]:
    """Return the condition, over ``tables.scans``, of a row that a drill left, or of one that none left."""
    marked = scans.c.flags.like(f"%{FLAG}%")  # no other flag holds the word
    return marked if drill else not_(marked)


def real_case(case_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition, over a column of case ids, of a case that is no drill's."""
    return not_(case_id.startswith(CASE_PREFIX, autoescape=True))


def _is_void(known_by: datetime | None) -> ColumnElement[bool]:
    """Return the condition, over ``tables.scans``, of a row that somebody decided to be void by then."""
    said = doubt_decisions.c
    void = exists().where(said.scan_id == scans.c.scan_id, said.decision == "void")
    if known_by is None:
        return void.where(said.ended_at.is_(None))
    return void.where(said.decided_at <= known_by, or_(said.ended_at.is_(None), said.ended_at > known_by))
