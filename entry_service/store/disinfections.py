"""When facilities were last disinfected, by what the teams noted, under whichever plan and on whichever day."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from .plan_tables import field_checks

STOP = "d-"  # how the stop_id of a facility begins (docs/planning.md)


def last_done(db: Connection) -> Mapping[str, datetime]:
    """Return facility_id → when a team last ended its work there, by the clock of the service."""
    ended = func.max(field_checks.c.judged_at, type_=field_checks.c.judged_at.type).label("ended")
    done = select(field_checks.c.stop_id, ended).where(field_checks.c.state == "done")
    of_facilities = done.where(field_checks.c.stop_id.startswith(STOP, autoescape=True))
    rows = db.execute(of_facilities.group_by(field_checks.c.stop_id))
    return {row.stop_id.removeprefix(STOP): row.ended for row in rows}
