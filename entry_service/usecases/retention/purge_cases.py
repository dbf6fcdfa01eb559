"""Case files and subject keys that are due: their keys go in both stores, then the rows they opened.

The audit is told before a file is destroyed, so that no destruction is ever without its row.
"""

from datetime import datetime, timedelta

from entry_service.core.actors import SERVICE
from entry_service.core.errors import Unavailable
from entry_service.services import Services
from entry_service.store.retention import retention

from ..cases.usefulness import keep_results

OF_A_CASE = ("cases", "case_passes")


def due_case_files(services: Services, trusted: datetime) -> list[str]:
    """Return the cases whose contact file is due: closed, or open, for too long, by the file or by the register.

    A file that was begun late goes with its case, which nobody could open it by afterwards. One whose key is dead
    was due before: a backup came back.
    """
    files = services.vault.case_files
    with services.store.read() as db:
        over = retention.due_cases(db, *_before(services, trusted))
    living = files.due(trusted, trusted) if over else []
    return sorted({*files.due(*_before(services, trusted)), *(set(living) & set(over)), *files.dead()})


def destroy_cases(services: Services, trusted: datetime, now: datetime) -> int:
    """Destroy the contact files that are due and forget cases without visits; return how many files.

    A case outlives its file while the log has visits of it: maps and extracts count them until their day is due.
    """
    due = due_case_files(services, trusted)
    closed_before, opened_before = _before(services, trusted)
    with services.store.read() as db:
        over = retention.due_cases(db, closed_before, opened_before)
    keep_results(services, {*due, *over})
    for case_id in due:
        known = services.vault.case_files.find(case_id)
        services.vault.audit.append(
            "case_file_destroyed", SERVICE, now=now, case_id=case_id, rows=known.contacts if known else 0
        )
        services.vault.case_files.destroy(case_id, now)
    gone = [
        services.store.write(lambda db, case_id=case_id: retention.delete_case(db, case_id)) for case_id in over
    ]
    if any(gone) and not services.store.sweep(OF_A_CASE):
        raise Unavailable(reason="busy")
    return len(due)


def destroy_subject_keys(services: Services, trusted: datetime, now: datetime) -> list[int]:
    """Destroy the subject keys of years that are over long enough; return the years."""
    years = services.vault.subjects.due(trusted)
    for year in years:
        services.vault.audit.append("subject_key_destroyed", SERVICE, now=now, rows=1, outcome=f"year_{year}")
        services.vault.subjects.destroy(year, trusted)
    return years


def _before(services: Services, trusted: datetime) -> tuple[datetime, datetime]:
    kept, longest = services.settings.case_kept_days, services.settings.case_longest_days
    return trusted - timedelta(days=kept), trusted - timedelta(days=longest)
