"""Destroy one day, from wherever it stands to its end: what is gone is written down stage by stage.

Each stage may be done twice. A receipt is signed only of what was looked at again and is gone.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import SERVICE
from entry_service.core.errors import Unavailable
from entry_service.core.receipts import digest
from entry_service.core.retention import day_end, first_kept_day
from entry_service.services import Services
from entry_service.store.log import partitions, purged
from entry_service.store.retention import destructions, receipts, retention
from entry_service.store.retention.destructions import Destruction
from entry_service.store.retention.receipts import WHOLE

from .purge_count import count_day
from .purge_folders import remove_folders
from .receipts import sign_day

COUNTED, KEY_DESTROYED, CONTACTS_DESTROYED = "counted", "key_destroyed", "contacts_destroyed"
LOG_DESTROYED, FOLDERS_DESTROYED, SIGNED, FINISHED = "log_destroyed", "folders_destroyed", "signed", "finished"
STAGES = (COUNTED, KEY_DESTROYED, CONTACTS_DESTROYED, LOG_DESTROYED, FOLDERS_DESTROYED, SIGNED, FINISHED)
ONE_DAY = timedelta(days=1)
CHUNK = 100  # rows in one transaction: doors that wait to write wait no longer than for that
SWEPT = ("voids", "slips", "short_codes", "case_passes", "index_visits")

Watch = Callable[[date, str], None]


def destroy_day(services: Services, day: date, now: datetime, watch: Watch) -> Destruction:
    """Bring one day from wherever it stands to its end."""
    with services.store.read() as db:
        known = destructions.find(db, day)
    if known is None:
        _count(services, day, now)
        watch(day, COUNTED)
    stage = known.stage if known else COUNTED
    for following in STAGES[STAGES.index(stage) + 1 :]:
        _STEPS[following](services, day, now)
        watch(day, following)
    with services.store.read() as db:
        done = destructions.find(db, day)
    assert done is not None
    return done


def _count(services: Services, day: date, now: datetime) -> None:
    """Close the day to late arrivals, then count what it holds."""
    services.store.write(lambda db: purged.move_mark(db, day_end(day)))
    counts = count_day(services, day).as_counts()
    slips = {facility_id: one["slips"] for facility_id, one in counts["facilities"].items() if one["slips"]}

    def begin(db: Connection) -> None:
        destructions.keep_slip_counts(db, day, slips)
        destructions.begin(db, day, COUNTED, counts, now)

    services.store.write(begin)


def _destroy_key(services: Services, day: date, now: datetime) -> None:
    early = services.ending_of_door(now)
    not_due = day >= first_kept_day(now, services.settings.retention_days)
    if not_due and early is not None and early.early:  # by decree, which the vault looks up in its audit
        services.vault.sunset.destroy_key(day, now)
    else:
        services.vault.destroy_key(day, now)
    _reach(services, day, KEY_DESTROYED)


def _destroy_contacts(services: Services, day: date, now: datetime) -> None:
    services.vault.destroy_rows(day)
    _reach(services, day, CONTACTS_DESTROYED)


def _destroy_log(services: Services, day: date, now: datetime) -> None:
    delete_log(services, day)
    _reach(services, day, LOG_DESTROYED)


def _destroy_folders(services: Services, day: date, now: datetime) -> None:
    remove_folders(services.settings, day)
    _reach(services, day, FOLDERS_DESTROYED)


def _sign(services: Services, day: date, now: datetime) -> None:
    """Sign that the day is gone; said only of what was looked at again and is gone."""
    if not _is_clean(services, day):  # something came in while the mark moved
        delete_log(services, day)
        if not _is_clean(services, day):
            raise Unavailable(reason="not_clean")
    with services.store.read() as db:
        known = destructions.find(db, day)
    assert known is not None
    signed = sign_day(services, known, now)

    def keep(db: Connection) -> None:
        receipts.replace_day(db, day, signed)
        destructions.advance(db, day, SIGNED)

    services.store.write(keep)


def _tell_audit(services: Services, day: date, now: datetime) -> None:
    """Tell the audit, once also where the run before was killed in between: the row names the receipt's hash."""
    with services.store.read() as db:
        known, receipt = destructions.find(db, day), receipts.find(db, day, WHOLE)
    assert known is not None
    assert receipt is not None
    named = digest(receipt.body)
    since = known.begun_at.replace(microsecond=0)
    told = services.vault.audit.entries(since, now + ONE_DAY, action="day_destroyed", limit=1_000)
    if all(entry.request != named for entry in told):
        services.vault.audit.append(
            "day_destroyed", SERVICE, now=now, request_hash=named, rows=known.counts["contacts"]
        )
    services.store.write(lambda db: destructions.advance(db, day, FINISHED, finished_at=now))


_STEPS: dict[str, Callable[[Services, date, datetime], None]] = {
    KEY_DESTROYED: _destroy_key,
    CONTACTS_DESTROYED: _destroy_contacts,
    LOG_DESTROYED: _destroy_log,
    FOLDERS_DESTROYED: _destroy_folders,
    SIGNED: _sign,
    FINISHED: _tell_audit,
}


def delete_log(services: Services, day: date) -> None:
    """Delete the rows of the log up to the end of the day: whole partitions at once, the rest in chunks.

    Between two chunks doors write. Where partitions cannot be dropped, because somebody reads for long, chunks do
    all of it.
    """
    end = day_end(day)
    write = services.store.write
    partitions.drop_days(services.store, end)
    swept = SWEPT
    while write(lambda db: retention.delete_scans(db, end, CHUNK)):
        swept = ("scans", *SWEPT)
    while write(lambda db: retention.delete_short_codes(db, day, CHUNK)):
        pass
    write(lambda db: retention.delete_rest(db, day, end))
    if not services.store.sweep(swept):
        raise Unavailable(reason="busy")


def _is_clean(services: Services, day: date) -> bool:
    with services.store.read() as db:
        return retention.is_clean(db, day, day_end(day))


def _reach(services: Services, day: date, stage: str) -> None:
    services.store.write(lambda db: destructions.advance(db, day, stage))
