"""Destroy what is due: each day in one order that may be killed anywhere and begun again, its proof signed last.

A day is counted; its key is destroyed in both stores, which ends every contact of it also in old backups; then go
the sealed rows, the rows of the log, the folders made of them. Only when all that is gone are receipts signed and
the audit told (purge_day.py). Where a store is away, or the audit cannot be written, destruction stops there and
goes on the next time.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.retention import Belief, Reading, day_end, first_kept_day
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services
from entry_service.store.log import partitions
from entry_service.store.retention import destructions, retention

from ..cases.usefulness import keep_results
from ..drills.drill_clean import FORGOTTEN_AFTER, clean_all
from ..sites.batch_posters import forget_batches
from ..sites.import_facilities import forget_files
from ..sites.site_requests import forget_requests
from .loose_copies import Copy, remove_backups
from .purge_cases import destroy_cases, destroy_subject_keys
from .purge_count import due_days
from .purge_day import Watch, delete_log, destroy_day
from .purge_folders import due_folders
from .sunset import destroy_ahead
from .sunset_holds import align, missing_decree
from .trusted_clock import look

ONE_DAY = timedelta(days=1)
AHEAD = 4  # days from today on of which a key may have been drawn, and one more


class PurgeRunning(EntryError):
    """Another process destroys what is due at this moment."""

    status, code, sentence = (
        409,
        "purge_running",
        "다른 프로세스가 파기하고 있습니다. 끝난 뒤 다시 하시기 바랍니다.",
    )


class StoreAway(Unavailable):
    """A place that must be written or emptied cannot be reached; nothing is said to be destroyed."""

    code, sentence = (
        "store_away",
        "열쇠 보관소나 폴더에 접근할 수 없어 파기를 멈췄습니다. 연결을 확인하시면 다음 시도에 이어서 합니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What one run destroyed: days, contacts and scans as counted before, cases, years of subject keys.

    ``unreadable`` are folders as old as what is due that do not say what they cover: a person has to look.
    ``missing`` is a decision about the end that the vault's audit does not know (sunset.py): the same.
    ``backups`` are those that had to go after the end and could not be removed, by kind and day: the same.
    """

    belief: Belief
    days: tuple[date, ...]
    contacts: int
    scans: int
    case_files: int
    subject_years: tuple[int, ...]
    unreadable: tuple[str, ...]
    missing: str
    backups: tuple[str, ...]


def _unwatched(day: date, stage: str) -> None:
    pass


def purge(services: Services, reading: Reading, *, today: date | None = None, watch: Watch = _unwatched) -> Purged:
    """Destroy everything that is due by the trusted clock; return what that was.

    Parameters
    ----------
    today : date, optional
        Taken for the Korean day of the present, for trials in a demonstration; the clock's mark stays as it is.
    watch : function of day and stage
        Called when a stage of a day is done.

    Raises
    ------
    PurgeRunning
        Another run is not finished.
    StoreAway, AuditUnavailable, KeysUnsafe, Unavailable
        Something is out of reach: what was destroyed by then is, and the next run goes on from there.
    """
    with services.store.alone(b"purge") as alone:
        if not alone:
            raise PurgeRunning
        try:
            return _purge(services, reading, today, watch)
        except OSError as away:
            raise StoreAway(reason=type(away).__name__) from away


def _purge(services: Services, reading: Reading, today: date | None, watch: Watch) -> Purged:
    belief = look(services, reading) if today is None else as_told(today)
    now = reading.wall
    ending = align(services)
    missing = missing_decree(services, ending)
    wanted = ending is not None and ending.early and now >= ending.ends_at
    early = wanted and not missing
    partitions.keep_ahead(services.store, now)
    first_kept = first_kept_day(belief.trusted, services.settings.retention_days)
    if early:  # two people decided it: every day goes, also those whose keys were drawn ahead
        first_kept = kst_day(now) + AHEAD * ONE_DAY
    clean_all(services, now=now, before=now - (FORGOTTEN_AFTER if not early else timedelta()))
    days = due_days(services, first_kept)
    if wanted and missing:  # a day that was begun by a decree which is forgotten waits, unless its key is gone
        living = services.vault.days()
        days = [day for day in days if day < first_kept or day not in living]
    keep_results(services)  # before the days that they are counted from go
    done = [destroy_day(services, day, now, watch) for day in days]
    _destroy_leftovers(services)
    destroy_ahead(services, ending, belief.trusted)
    longest = timedelta(days=services.settings.case_longest_days + 1)
    files = destroy_cases(services, now + longest if early else belief.trusted, now)
    years = destroy_subject_keys(services, belief.trusted, now)
    forget_requests(services, belief.trusted)
    forget_files(services, belief.trusted)
    forget_batches(services, belief.trusted)
    stayed: list[Copy] = []
    if ending is not None and now >= ending.ends_at:  # before, the number of backups is the operator's matter
        kept_from = day_start(first_kept_day(belief.trusted, services.settings.retention_days))
        stayed = remove_backups(services.settings, kept_from)
    unreadable = due_folders(services.settings, first_kept - ONE_DAY).unreadable
    return Purged(
        belief=belief,
        days=tuple(days),
        contacts=sum(one.counts["contacts"] for one in done),
        scans=sum(one.counts["rows"]["scans"] for one in done),
        case_files=files,
        subject_years=tuple(years),
        unreadable=tuple(folder.name for folder in unreadable),
        missing=missing,
        backups=tuple(f"{one}" for one in stayed),
    )


def _destroy_leftovers(services: Services) -> None:
    """Delete what came in while the mark moved, or from a backup, of days that are destroyed."""
    for day in services.vault.dead_days():
        services.vault.destroy_rows(day)
    with services.store.read() as db:
        last = destructions.last_finished(db)
        is_clean = last is None or retention.is_clean(db, last, day_end(last))
    if not is_clean:
        assert last is not None
        delete_log(services, last)


def as_told(today: date) -> Belief:
    """Return the belief that it is 00:00 KST of a day, because somebody who tries it out says so."""
    at = day_start(today)
    return Belief(wall=at, floor=at, trusted=at, clock="believed")
