"""Tell the manager that something is wrong with a poster.

A report is anonymous and holds nothing back: whoever looked says what came of it (settle_report.py).
"""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import BadInput
from entry_service.core.posters import read_poster_id
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import poster_reports, posters
from entry_service.store.sites.poster_reports import PosterReport

from ..doors.collecting import assert_collecting

REASONS = (poster_reports.ELSEWHERE, "damaged", "covered", "other")
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


def results(services: Services, facility_id: str | None) -> list[PosterReport]:
    """Return what came of reports of copies, one a poster, the newest first; None for all facilities."""
    with services.store.read() as db:
        return poster_reports.results(db, facility_id, MOST_SHOWN)
