"""When a case counts as infectious."""

from datetime import date, datetime, timedelta

from .errors import BadInput
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
