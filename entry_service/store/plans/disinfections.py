"""When facilities were last disinfected, by what the teams noted, under whichever plan and on whichever day."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, false, func, select

from ..log.counted import real_case
from ..schema.plan_tables import field_checks
from ..schema.tables import facilities, index_visits
from .field_checks import newest_first

STOP = "d-"  # how the stop_id of a facility begins (docs/planning.md)


def last_done(db: Connection) -> Mapping[str, datetime]:
    """Return facility_id → when a team last ended its work there, by the clock of the service.

    Of the notes about a place under the plans of one day the newest counts: a "done" that was corrected is none.
    """
    notes = field_checks.c
    place = func.row_number().over(partition_by=(notes.stop_id, notes.day), order_by=newest_first()).label("place")
    ordered = select(notes.stop_id, notes.state, notes.judged_at, place)
    of_facilities = ordered.where(notes.stop_id.startswith(STOP, autoescape=True)).subquery().c
    ended = func.max(of_facilities.judged_at, type_=notes.judged_at.type).label("ended")
    standing = select(of_facilities.stop_id, ended).where(of_facilities.place == 1, of_facilities.state == "done")
    rows = db.execute(standing.group_by(of_facilities.stop_id))
    return {row.stop_id.removeprefix(STOP): row.ended for row in rows}


def since_last_case(db: Connection) -> Sequence[str]:
    """Return the stop_id of each facility disinfected since its last known case visit ended; none sensitive."""
    ended = func.max(index_visits.c.end, type_=index_visits.c.end.type).label("ended")
    of_visits = (
        select(index_visits.c.facility_id, ended)
        .join(facilities)
        .where(facilities.c.sensitive == false(), real_case(index_visits.c.case_id))
    )
    rows, done = db.execute(of_visits.group_by(index_visits.c.facility_id)), last_done(db)
    since = [row.facility_id for row in rows if row.facility_id in done and done[row.facility_id] >= row.ended]
    return [STOP + facility_id for facility_id in sorted(since)]
