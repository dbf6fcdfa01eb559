"""Review the audit: rows and months with the logins of who acted, for the auditor; counts of months for everybody.

The subjects of a row are never shown, here or anywhere: the vault does not know them either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core.audit_rules import LEAVES, AuditEntry
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services
from entry_service.store.sites import accounts
from entry_service.vault.audit_readings import MonthCount, MonthReport

ROWS_OF_A_PART = 50
PUBLIC_MONTHS = 24  # as long as access records are kept


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a month, the newest first, and from which number the older ones go on (0: there are none)."""

    entries: list[AuditEntry]
    older: int


@dataclass(frozen=True, slots=True)
class Review:
    """A month for the review; ``left`` are the rows in which names left the vault, each with its reason."""

    report: MonthReport
    left: list[AuditEntry]
    logins: Mapping[str, str]


def logins(services: Services) -> dict[str, str]:
    """Return account_id → login of every account there is or was: accounts are disabled, never deleted."""
    with services.store.read() as db:
        return {account.account_id: account.login for account in accounts.all(db)}


def review_month(services: Services, month: date) -> Review:
    """Return the report of the month that begins on this day."""
    report = services.vault.audit.month(month.year, month.month)
    left = [entry for entry in report.looks if entry.action in LEAVES]
    return Review(report, left, logins(services))


def rows_of(services: Services, month: date, *, action: str, account_id: str, before: int) -> Rows:
    """Return a part of the month's rows; ``before`` is the number it lies below, 0 for the newest."""
    found = services.vault.audit.entries(
        day_start(month),
        day_start(next_month(month)),
        action=action,
        account_id=account_id,
        limit=ROWS_OF_A_PART + 1,
        before_seq=before,
    )
    entries = found[:ROWS_OF_A_PART]
    return Rows(entries, entries[-1].seq if len(found) > ROWS_OF_A_PART else 0)


def public_months(services: Services, now: datetime) -> list[MonthCount]:
    """Return the counts of every month from the first that has any to the present one, the newest first.

    A month in which nothing was done is there with zeros; two years are shown at the most.
    """
    known = {(one.year, one.month): one for one in services.vault.audit.monthly()}
    month, shown = kst_day(now).replace(day=1), []
    while known and (month.year, month.month) >= min(known) and len(shown) < PUBLIC_MONTHS:
        shown.append(known.get((month.year, month.month)) or _nothing(month))
        month = month_before(month)
    return shown


def next_month(month: date) -> date:
    """Return the first day of the next month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def _nothing(month: date) -> MonthCount:
    return MonthCount(
        year=month.year,
        month=month.month,
        asked=0,
        approved=0,
        returned=0,
        opened=0,
        people=0,
        days_destroyed=0,
        contacts_destroyed=0,
        deleted_by_visitors=0,
    )
