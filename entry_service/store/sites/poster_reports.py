"""Reports of visitors about posters: hung elsewhere, damaged, covered. A closed list of reasons, nothing typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from ..schema.door_tables import poster_reports
from ..schema.tables import accounts, facilities, posters

ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterReport:
    """One report; facility and its name are empty and ``epoch`` is None where nobody hung the poster."""

    report_id: int
    poster_id: str
    facility_id: str
    reason: str
    reported_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    result: str
    facility_name: str = ""
    epoch: int | None = None
    settled_login: str | None = None


def add(db: Connection, poster_id: str, facility_id: str, reason: str, now: datetime) -> None:
    """Keep a report."""
    values = {"poster_id": poster_id, "facility_id": facility_id, "reason": reason, "reported_at": now}
    db.execute(insert(poster_reports).values(**values))


def count_open(db: Connection, poster_id: str) -> int:
    """Return how many reports of the poster nobody has seen to."""
    return db.execute(select(func.count()).where(_is_open(poster_id))).scalar_one()


def count_open_unknown(db: Connection) -> int:
    """Return how many reports of posters that nobody hung nobody has seen to."""
    unknown = (poster_reports.c.facility_id == "") & poster_reports.c.settled_at.is_(None)
    return db.execute(select(func.count()).where(unknown)).scalar_one()


def all_open(db: Connection, facility_id: str | None, limit: int) -> list[PosterReport]:
    """Return the newest reports nobody has seen to, of one facility or of all."""
    query = _reports().where(poster_reports.c.settled_at.is_(None))
    if facility_id is not None:
        query = query.where(poster_reports.c.facility_id == facility_id)
    newest = query.order_by(poster_reports.c.reported_at.desc(), poster_reports.c.report_id.desc()).limit(limit)
    return [PosterReport(**_plain(row)) for row in db.execute(newest)]


def find(db: Connection, report_id: int) -> PosterReport | None:
    """Return one report, settled or not."""
    row = db.execute(_reports().where(poster_reports.c.report_id == report_id)).first()
    return None if row is None else PosterReport(**_plain(row))


def results(db: Connection, facility_id: str | None, limit: int) -> list[PosterReport]:
    """Return a report of each poster about which somebody said whether there is a copy, the newest first."""
    told = poster_reports.c.result.in_(("found", "not_found"))
    of_one = select(func.max(poster_reports.c.report_id)).where(told)
    query = _reports().where(poster_reports.c.report_id.in_(of_one.group_by(poster_reports.c.poster_id)))
    if facility_id is not None:
        query = query.where(poster_reports.c.facility_id == facility_id)
    newest = query.order_by(poster_reports.c.settled_at.desc(), poster_reports.c.report_id.desc()).limit(limit)
    return [PosterReport(**_plain(row)) for row in db.execute(newest)]


def settle(db: Connection, report_ids: Sequence[int], result: str, account_id: str, now: datetime) -> None:
    """Keep what came of the reports, in place of what was said before."""
    values = {"settled_at": now, "settled_by": account_id, "result": result}
    db.execute(update(poster_reports).where(poster_reports.c.report_id.in_(report_ids)).values(**values))


def reopen(db: Connection, report_ids: Sequence[int]) -> None:
    """Let nothing be said any more of what came of the reports: somebody is about to say it anew."""
    values = {"settled_at": None, "settled_by": None, "result": ""}
    db.execute(update(poster_reports).where(poster_reports.c.report_id.in_(report_ids)).values(**values))


def of_poster(db: Connection, poster_id: str) -> list[PosterReport]:
    """Return all reports of a poster, settled or not."""
    query = _reports().where(poster_reports.c.poster_id == poster_id).order_by(poster_reports.c.report_id)
    return [PosterReport(**_plain(row)) for row in db.execute(query)]


def _is_open(poster_id: str):
    return (poster_reports.c.poster_id == poster_id) & poster_reports.c.settled_at.is_(None)


def _reports():
    return (
        select(
            poster_reports,
            facilities.c.name.label("facility_name"),
            posters.c.epoch,
            accounts.c.login.label("settled_login"),
        )
        .outerjoin(facilities, facilities.c.facility_id == poster_reports.c.facility_id)
        .outerjoin(posters, posters.c.poster_id == poster_reports.c.poster_id)
        .outerjoin(accounts, accounts.c.account_id == poster_reports.c.settled_by)
    )


def _plain(row) -> dict[str, object]:
    return {**row._mapping, "facility_name": row.facility_name or ""}
