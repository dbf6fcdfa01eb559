"""When a case counts as infectious, and which visits overlap an index visit. No verdicts: counts and minutes."""

from datetime import date, datetime, timedelta

from .errors import BadInput
from .model import IndexVisit, Visit
from .times import day_start

DAYS_BEFORE = 2  # 시행령 제22조의2 guidance of 2020: from two days before onset, or before the specimen


def exposure_window(onset: date | None, specimen_date: date | None, until: datetime) -> tuple[datetime, datetime]:
    """Return [two days before onset 00:00 KST, until); before the specimen where there are no symptoms.

    Raises ``BadInput`` when neither date is known.
    """
    first = onset or specimen_date
    if first is None:
        raise BadInput("증상 발생일이나 검체채취일 가운데 하나는 입력하시기 바랍니다.", field="onset")
    return day_start(first - timedelta(days=DAYS_BEFORE)), until


def overlap(visit: Visit, index_visit: IndexVisit) -> timedelta:
    """Return how long both were inside the same facility; zero if they were not."""
    if visit.facility_id != index_visit.facility_id:
        return timedelta()
    return max(min(visit.left_at, index_visit.end) - max(visit.entered_at, index_visit.start), timedelta())
