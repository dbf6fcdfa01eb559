"""Tell the manager that something is wrong with a poster, and see to it."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.posters import read_poster_id
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import poster_reports, posters
from entry_service.store.sites.poster_reports import PosterReport

from ..doors.collecting import assert_collecting

REASONS = ("elsewhere", "damaged", "covered", "other")
MOST_OPEN = 20  # reports of one poster that nobody has seen to: further ones tell nothing new
MOST_UNKNOWN = 20  # reports of posters that nobody hung, in all: anybody can make up their ids
MOST_SHOWN = 100


def report_poster(services: Services, poster_text: str, reason: str, *, now: datetime) -> None:
    """Keep a report about a poster: current, retired, or one that nobody hung; the last is the most telling.

    Raises ``BadInput`` for another reason than those of the list, or an id that no poster can have;
    ``CollectionEnded``: from then on nobody enters by a poster.
    """
    assert_collecting(services, now, now)
    poster_id, _ = read_poster_id(poster_text)
    if reason not in REASONS:
        raise BadInput("신고하는 까닭을 고르시기 바랍니다.", field="reason")

    def write(db: Connection) -> None:
        poster = posters.find(db, poster_id)
        one_at_a_time(db, b"report|" + (poster_id.encode() if poster else b"unknown"))
        if poster is None:
            many, most = poster_reports.count_open_unknown(db), MOST_UNKNOWN
        else:
            many, most = poster_reports.count_open(db, poster_id), MOST_OPEN
        if many < most:
            poster_reports.add(db, poster_id, poster.facility_id if poster else "", reason, now)

    services.store.write(write)


def open_reports(services: Services, facility_id: str | None) -> list[PosterReport]:
    """Return the reports nobody has seen to, the newest first; of all facilities where the id is None."""
    with services.store.read() as db:
        return poster_reports.all_open(db, facility_id, MOST_SHOWN)


def settle_report(
    services: Services, report_id: int, *, account_id: str, facility_id: str | None, now: datetime
) -> PosterReport:
    """Mark the report, and all others of its poster, as seen to; said twice it is the same.

    Raises ``NotFound`` for no such report, or one of another facility than the only one the caller may see.
    """

    def write(db: Connection) -> PosterReport:
        report = poster_reports.find(db, report_id)
        if report is None or facility_id not in (None, report.facility_id):
            raise NotFound(what="report")
        poster_reports.settle(db, report.poster_id, account_id, now)
        return report

    return services.store.write(write)
