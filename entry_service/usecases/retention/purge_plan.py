"""What destruction would do now: the same readings as destruction itself makes, and nothing is changed."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from entry_service.core.retention import Belief, Reading, first_kept_day
from entry_service.services import Services

from .purge import as_told
from .purge_cases import due_case_files
from .purge_count import DayHoldings, count_day, due_days
from .purge_folders import due_folders
from .trusted_clock import peek


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The days that are due, the oldest first; each counts the rows left when those before it are gone."""

    belief: Belief
    first_kept: date
    days: tuple[DayHoldings, ...]
    folders: tuple[str, ...]
    unreadable: tuple[str, ...]
    case_files: int
    subject_years: tuple[int, ...]


def plan(services: Services, reading: Reading, *, today: date | None = None) -> Plan:
    """Return what ``purge.purge`` would destroy with the same arguments."""
    belief = peek(services, reading) if today is None else as_told(today)
    first_kept = first_kept_day(belief.trusted, services.settings.retention_days)
    folders = due_folders(services.settings, first_kept - timedelta(days=1))
    return Plan(
        belief=belief,
        first_kept=first_kept,
        days=tuple(_apart([count_day(services, day) for day in due_days(services, first_kept)])),
        folders=tuple(folder.name for folder in folders.due),
        unreadable=tuple(folder.name for folder in folders.unreadable),
        case_files=len(due_case_files(services, belief.trusted)),
        subject_years=tuple(services.vault.subjects.due(belief.trusted)),
    )


def _apart(days: list[DayHoldings]) -> list[DayHoldings]:
    """Return the days with the rows of each alone: every count takes in all that lies before its end."""
    before: dict[str, int] = {}
    found = []
    for day in days:
        found.append(replace(day, rows={name: many - before.get(name, 0) for name, many in day.rows.items()}))
        before = day.rows
    return found
