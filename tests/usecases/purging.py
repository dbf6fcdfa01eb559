"""Days full of everything a day can hold, and what is left of them: for the tests of destruction."""

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from entry_service.core.doubt_rules import Doubt
from entry_service.core.drills import PID_MARK
from entry_service.core.model import Contact, Scan
from entry_service.core.retention import Reading
from entry_service.core.times import KST, day_start, kst_day
from entry_service.store.log import closings, doubts, quarantines, scans, short_codes, slips, voids
from entry_service.store.log.quarantines import Spell
from entry_service.store.plans import field_checks, plans
from entry_service.store.retention import retention
from entry_service.store.schema import care_tables, door_tables, doubt_tables, drill_tables, plan_tables, tables
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.retention.purge import purge
from tests.field_notes import check, given, sent

from .door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, POSTER

DAY = date(2020, 8, 25)
ONE = timedelta(days=1)
RETENTION = 28
LAST_MICROSECOND = timedelta(days=1) - timedelta(microseconds=1)
CANARY = "카나리아방문자"
PHONE = "+821000008765"
OF_A_DAY = (
    tables.scans,
    tables.index_visits,
    door_tables.voids,
    door_tables.slips,
    door_tables.short_codes,
    door_tables.closings,
    door_tables.quarantines,
    door_tables.quarantine_decisions,
    door_tables.poster_reports,
    door_tables.enrolments,
    care_tables.case_passes,
    doubt_tables.doubts,
    doubt_tables.doubt_decisions,
    plan_tables.plan_teams,
    plan_tables.plan_sendings,
    plan_tables.plan_changes,
    plan_tables.field_checks,
    drill_tables.drill_passes,
)


def pass_of(day: date, number: int) -> bytes:
    """Return the pass with this number of a day."""
    return hashlib.sha256(f"{day} {number}".encode()).digest()[:8]


def fill(services, day: date, people: int = 12) -> None:
    """Fill a Korean day: scans from its first to its last microsecond, a row of all that speaks of it."""
    start = day_start(day)
    for number in range(people):
        contact = Contact(name=CANARY, phone=f"{PHONE[:-4]}{1_000 + number}", residence="카나리아시")
        services.vault.deposit(day, pass_of(day, number), contact)
    moments = [start, *(start + n * HOUR for n in range(1, people - 1)), start + LAST_MICROSECOND]

    def write(db) -> None:
        scans.append_many(db, (scan_of(day, n, at) for n, at in enumerate(moments)))
        voids.add(db, f"{day}-1", voided_at=start + 2 * HOUR, voided_by="D-1", reason="undo")
        slips.add(db, f"{day}-2", LIBRARY, day, "0001")
        slips.add(db, f"{day}-3", LIBRARY, day, "0002")
        facts = {"pid": pass_of(day, 1), "slot_seconds": 15, "verified": False}
        short_codes.take_handle(db, ["ABCDEF"], day=day, **facts)
        closing = {"facility_id": LIBRARY, "zone": "", "closed_by": "D-1"}
        at = start + LAST_MICROSECOND
        closings.add(db, closings.Closing(closing_id=f"closing-{day}", closed_at=at, received_at=at, **closing))
        quarantines.begin(db, LIBRARY, Spell(start + HOUR, start + 2 * HOUR))
        newest = func.max(door_tables.quarantines.c.quarantine_id)
        number = db.execute(select(newest)).scalar_one()
        decided = {"decision": "released", "decided_at": start + 3 * HOUR, "decided_by": "A-manager"}
        db.execute(door_tables.quarantine_decisions.insert().values(quarantine_id=number, **decided))
        report = {"poster_id": POSTER, "facility_id": LIBRARY, "reason": "torn", "reported_at": start + HOUR}
        db.execute(door_tables.poster_reports.insert().values(**report))
        invited = {"facility_id": LIBRARY, "name": "후문", "zone": "", "profile": "gate"}
        token = hashlib.sha256(str(day).encode()).digest()
        times = {"created_at": start, "expires_at": start + MINUTE}
        db.execute(door_tables.enrolments.insert().values(token_hash=token, **invited, **times))
        read = start + 3 * HOUR
        doubts.note(db, f"{day}-3", LIBRARY, read, [Doubt("outside_hours")], read)
        said = {"decided_by": "A-officer", "now": start + 4 * HOUR, "entries": {}, "up_to": 1_000_000}
        doubts.decide(db, [(f"{day}-3", read)], "counts", "open_late", **said)
        plans.give_team(db, given(1, day=day))
        plans.send(db, sent(day=day))
        dropped = {"stop_id": "d-GP-001", "team": None, "reason": "휴업", "changed_by": "A-officer"}
        plans.change(db, plans.PlanChange(plan_id="plan-1", day=day, changed_at=start, **dropped))
        field_checks.append(db, check(f"check-{day}", day=day))
        tried = {"kind": "outbreak", "state": "cleaned", "started_at": start, "started_by": "A-officer"}
        tried |= {"drill_id": f"drill-{day}", "case_id": "", "plan": "{}", "result": "{}"}
        db.execute(drill_tables.drills.insert().values(**tried))
        walked = {"pid": PID_MARK + pass_of(day, 0)[2:], "drill_id": f"drill-{day}", "day": day, "seed": b""}
        walked |= {
            "facility_id": LIBRARY,
            "role": "index",
            "door": "pass",
            "person": 1,
            "leaves": True,
            "token": "",
        }
        db.execute(drill_tables.drill_passes.insert().values(**walked))

    services.store.write(write)
    case = register_case(
        services,
        number=f"군포-{day.isoformat()}",
        onset=None,
        specimen_date=day,
        places=[PlaceTold(facility_id=LIBRARY, start=start + HOUR, end=start + 2 * HOUR)],
        passes=[],
        now=start + 5 * HOUR,
    ).case
    row = {"case_id": case.case_id, "day": day, "pid": pass_of(day, 0)}
    services.store.write(lambda db: db.execute(care_tables.case_passes.insert().values(**row)))


def write_extract_folder(folder: Path, first: date, last: date) -> None:
    """Write a folder that says it covers the days, as an extract says it."""
    folder.mkdir(parents=True)
    end = day_start(last + ONE).astimezone(KST).isoformat()
    said = {"name": "extract", "start": day_start(first).astimezone(KST).isoformat(), "end": end, "as_of": end}
    (folder / "datapackage.json").write_text(json.dumps(said))
    (folder / "facilities.csv").write_text("facility_id\n")


def write_result_folder(folder: Path, first: date, last: date) -> None:
    """Write a folder that says it covers the days, as a run of the analytics says it."""
    folder.mkdir(parents=True)
    said = {"period": {"first_day": first.isoformat(), "last_day": last.isoformat()}, "as_of": last.isoformat()}
    (folder / "summary.json").write_text(json.dumps(said))


def run(services, at: datetime, **options):
    """Destroy what is due at a moment; a clock that only ever runs."""
    seconds = (at - NOON).total_seconds() + 1e8
    return purge(services, Reading(wall=at, boot_id="the only run", boot_seconds=seconds), **options)


def due_at(day: date) -> datetime:
    """Return the first moment at which a day is due."""
    return day_start(day + RETENTION * ONE)


def believed_since(services, at: datetime = NOON) -> None:
    """Let the clock be believed since before everything: a service that has run for weeks."""
    seconds = (at - NOON).total_seconds() + 1e8
    mark = Reading(wall=at, boot_id="the only run", boot_seconds=seconds)
    services.store.write(lambda db: retention.set_only_mark(db, mark))


def rows(services, many=OF_A_DAY) -> dict[str, list[tuple]]:
    """Return table → its rows."""
    with services.store.read() as db:
        return {table.name: sorted(map(repr, db.execute(select(table)))) for table in many}


def log_days(services) -> set[date]:
    """Return the Korean days of which the log has a scan."""
    with services.store.read() as db:
        return {kst_day(at) for at in db.execute(select(tables.scans.c.scanned_at)).scalars()}


def scan_of(day: date, number: int, at: datetime) -> Scan:
    """Return a scan of the pass with this number of a day."""
    return Scan(
        scan_id=f"{day}-{number}",
        facility_id=OFFICE if number % 4 == 3 else LIBRARY,
        pid=pass_of(day, number),
        direction="in",
        source="slip" if number in (2, 3) else "staff_scan",
        confidence="high",
        scanned_at=at,
        received_at=at,
        outcome="pass_expired" if number == 5 else "accepted",
    )
