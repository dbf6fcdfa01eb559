"""How often the list of places was changed: counts by day from the audit, which no place and no person is in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core.audit_rules import AuditEntry
from entry_service.core.times import kst_day
from entry_service.services import Services

from .audited_change import ACTION, NOT_DONE

SHOWN = timedelta(days=90)
PAGE = 1_000  # rows that are read at once
DONE, CORRECTED, WITHDRAWN = "done", "corrected", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDay:
    """Rows of the public list that were published, corrected and withdrawn on one Korean day."""

    day: date
    published: int
    corrected: int
    withdrawn: int


def told_places(services: Services, now: datetime) -> list[PlaceDay]:
    """Return the days on which the public list changed, of the last 90, the newest first.

    Raises
    ------
    Unavailable
        The vault's process does not answer.
    """
    counts: dict[date, Counter[str]] = {}
    for entry in _entries(services, now - SHOWN, now + timedelta(seconds=1)):
        what, not_done = entry.outcome.removesuffix(NOT_DONE), entry.outcome.endswith(NOT_DONE)
        counts.setdefault(kst_day(entry.at), Counter())[what] += -entry.rows if not_done else entry.rows
    return [
        PlaceDay(day=day, published=of[DONE], corrected=of[CORRECTED], withdrawn=of[WITHDRAWN])
        for day, of in sorted(counts.items(), reverse=True)
        if any(of.values())
    ]


def _entries(services: Services, start: datetime, end: datetime) -> Iterator[AuditEntry]:
    """Give every row of [start, end), page by page."""
    before = 0
    while page := services.vault.audit.entries(start, end, action=ACTION, limit=PAGE, before_seq=before):
        yield from page
        before = page[-1].seq
