"""The paper behind the slips: how much lies at a facility, until when it is kept, and that it was destroyed.

A handwritten ledger is kept as long as the log and then shredded; in 2022 a fifth of the places that were
inspected still held theirs. Only numbers of slips are known here, nobody's contact.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from entry_service.core.errors import EntryError, NotFound
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import slips

State = Literal["kept", "due", "overdue", "destroyed"]


class PaperNotDue(EntryError):
    """The paper of this day is still to be kept."""

    status, code, sentence = (
        409,
        "paper_not_due",
        "아직 보관해야 하는 전표입니다. 파쇄 예정일부터 확인할 수 있습니다.",
    )


class PaperChanged(EntryError):
    """More slips of the day were typed since the page was read; nothing was confirmed."""

    status, code, sentence = (
        409,
        "paper_changed",
        "그 사이에 전표가 더 입력되었습니다. 장수를 다시 확인하시기 바랍니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The slips of one day; ``late`` of them were typed after the destruction was confirmed."""

    day: date
    slips: int
    due: date
    state: State
    late: int = 0
    destroyed_at: datetime | None = None


def paper_of(services: Services, facility_id: str, today: date) -> list[Paper]:
    """Return every day of a facility that has slips, the oldest first."""
    with services.store.read() as db:
        return [_paper(services, day, today) for day in slips.paper_days(db, facility_id)]


def confirm_destruction(
    services: Services, facility_id: str, day: date, *, seen: int, confirmed_by: str, now: datetime
) -> None:
    """Keep that all paper of a day was destroyed; ``seen`` is how many slips the person was told. Twice is once.

    Raises
    ------
    NotFound
        No slips are known of that day.
    PaperNotDue
        It must still be kept (``ENTRY_RETENTION_DAYS``).
    PaperChanged
        The number of slips is another one by now.
    """
    today = kst_day(now)

    def confirm(db: Connection) -> None:
        one_at_a_time(db, f"paper|{facility_id}".encode())
        known = next((one for one in slips.paper_days(db, facility_id) if one.day == day), None)
        if known is None:
            raise NotFound(what="slips")
        paper = _paper(services, known, today)
        if paper.state == "kept":
            raise PaperNotDue
        if paper.slips != seen:
            raise PaperChanged
        if paper.state != "destroyed":
            slips.confirm_destruction(db, facility_id, day, seen, confirmed_by, now)

    services.store.write(confirm)


def _paper(services: Services, known: slips.PaperDay, today: date) -> Paper:
    due = known.day + timedelta(days=services.settings.retention_days)
    state: State = "kept" if today < due else "due" if today == due else "overdue"
    if known.destroyed >= known.slips:
        state = "destroyed"
    late = known.slips - known.destroyed if known.destroyed_at and state != "destroyed" else 0
    return Paper(
        day=known.day, slips=known.slips, due=due, state=state, late=late, destroyed_at=known.destroyed_at
    )
