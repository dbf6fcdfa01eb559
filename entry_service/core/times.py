"""Korean calendar days and hours of aware datetimes. Storage is UTC; a day is a day in KST."""

from datetime import UTC, date, datetime, time, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")  # no daylight saving time since 1988
EPOCH = date(1970, 1, 1)


def kst_day(at: datetime) -> date:
    """Return the Korean calendar day of an aware datetime."""
    return at.astimezone(KST).date()


def day_start(day: date) -> datetime:
    """Return 00:00 KST of the day, in UTC."""
    return datetime.combine(day, time(), KST).astimezone(UTC)


def day_number(day: date) -> int:
    """Return days since 1970-01-01, as in the two-byte day field of a pass."""
    return (day - EPOCH).days


def day_of_number(number: int) -> date:
    """Return the day of a day number."""
    return EPOCH + timedelta(days=number)
