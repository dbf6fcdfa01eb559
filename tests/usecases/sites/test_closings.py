"""Everyone out, and what is undone or held: who is inside, the day, the extract and cases all go by it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from entry_service.core.errors import BadInput
from entry_service.store.log import closings, scans
from entry_service.store.schema.door_tables import quarantines, voids
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.doors.log_scan import (
    append,
    inside_by_zone,
    inside_now,
    recount_facility,
    recount_pass,
)
from entry_service.usecases.sites.closings import ClosingConflict, everyone_out
from entry_service.usecases.sites.facility_day import read_day
from tests.databases import databases, kind
from tests.store.conftest import scan
from tests.usecases.extracting import extract, hours
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at, pid, small_log

__all__ = ["databases", "kind"]
EVENING = at("14 22:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", EVENING, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def enters(log, who, time, place=LIBRARY, zone="", received=None, **facts):
    """Log a scan the way a door does: durable, then counted."""
    whole = {"facility_id": place, "zone": zone, "pid": pid(who), "scanned_at": at(time), **facts}
    one = scan(f"scan-{next(log.numbers)}", received_at=at(received or time), **whole)
    append(log.services, one)
    return one


def inside(log, now, place=LIBRARY, zone=""):
    return inside_now(log.services, log.services.facility(place), now, zone)


def closes(log, time=None, zone="", place=LIBRARY, closing_id="closing-1", now=None, by="D-1"):
    closed_at = at(time) if time else EVENING
    return everyone_out(
        log.services, place, zone, closing_id=closing_id, closed_at=closed_at, closed_by=by, now=now or closed_at
    )


def test_everyone_who_entered_before_is_out_and_who_comes_later_counts_anew(log):
    enters(log, 1, "14 21:50", party_size=3)
    enters(log, 2, "14 21:55", place=BANK)
    assert inside(log, EVENING) == 3
    closes(log)
    assert inside(log, EVENING) == 0
    assert inside(log, EVENING, BANK) == 1
    enters(log, 3, "14 22:01")
    assert inside(log, EVENING + MINUTE) == 1
    enters(log, 1, "14 22:02")
    assert inside(log, EVENING + 2 * MINUTE) == 2


def test_a_late_upload_from_before_the_closing_makes_nobody_inside(log):
    closes(log)
    enters(log, 1, "14 21:59", received="14 22:10")
    enters(log, 2, "14 22:00", received="14 22:10")
    enters(log, 3, "14 22:01", received="14 22:10")
    assert inside(log, EVENING + 10 * MINUTE) == 1


def test_a_closing_that_is_uploaded_late_spares_who_came_after_it(log):
    enters(log, 1, "14 21:50")
    enters(log, 2, "14 22:05")
    closes(log, "14 22:00", now=EVENING + 20 * MINUTE)
    assert inside(log, EVENING + 20 * MINUTE) == 1


def test_the_same_closing_is_made_once_and_another_under_its_id_is_refused(log):
    first = closes(log)
    assert closes(log, now=EVENING + MINUTE) == first
    with log.services.store.read() as db:
        assert len(closings.between(db, LIBRARY, EVENING - MINUTE, EVENING + MINUTE)) == 1
    again = closes(log, now=EVENING + MINUTE, by="D-2")  # the browser was enrolled anew since
    assert (again, again.closed_by) == (first, "D-1")
    for facts in ({"place": BANK}, {"zone": "Z-1"}):
        with pytest.raises(ClosingConflict):
            closes(log, **facts)


def test_nobody_is_sent_out_in_the_future(log):
    kept = closes(log, "14 22:30", now=EVENING)
    assert kept.closed_at == EVENING
    enters(log, 1, "14 22:10")
    assert inside(log, EVENING + 10 * MINUTE) == 1
    with pytest.raises(BadInput):
        closes(log, "16 22:00", closing_id="closing-2", now=EVENING)
    with pytest.raises(BadInput):
        everyone_out(log.services, LIBRARY, "", closing_id="", closed_at=EVENING, closed_by="D-1", now=EVENING)


def test_a_zone_is_emptied_alone_and_entering_another_leaves_the_one_before(log):
    enters(log, 1, "14 21:30", zone="Z-1")
    enters(log, 2, "14 21:31", zone="Z-1")
    enters(log, 3, "14 21:32")
    place = log.services.facility(LIBRARY)
    assert inside_by_zone(log.services, place, EVENING) == {"Z-1": 2, "": 1}
    enters(log, 2, "14 21:40", zone="Z-2")
    assert inside_by_zone(log.services, place, EVENING) == {"Z-1": 1, "Z-2": 1, "": 1}
    assert [inside(log, EVENING, zone=zone) for zone in ("", "Z-1", "Z-2", "Z-9")] == [3, 1, 1, 0]
    closes(log, zone="Z-1")
    assert inside_by_zone(log.services, place, EVENING) == {"Z-2": 1, "": 1}
    enters(log, 2, "14 22:01", place=BANK)
    enters(log, 1, "14 21:35", zone="Z-2", received="14 22:02")  # before the closing, but in another zone by then
    assert inside_by_zone(log.services, place, EVENING + 2 * MINUTE) == {"": 1, "Z-2": 1}
    assert inside(log, EVENING + 2 * MINUTE, BANK) == 1


def test_a_step_into_another_zone_is_no_second_entry_of_the_day(log):
    enters(log, 1, "14 19:30", zone="Z-1")
    enters(log, 1, "14 19:50", zone="Z-2")
    enters(log, 1, "14 20:10", zone="Z-1")
    enters(log, 1, "14 20:20", direction="out")
    enters(log, 1, "14 21:00", zone="Z-2")
    enters(log, 2, "14 20:30")
    enters(log, 2, "14 20:31", place=BANK)
    enters(log, 2, "14 20:50")
    day = read_day(log.services, LIBRARY, at("14 00:00").date(), EVENING)
    assert (day.entered[19], day.entered[20], day.entered[21], day.left[20]) == (1, 2, 1, 1)


def test_what_is_undone_or_held_is_out_of_every_reading_and_back_when_released(log, tmp_path):
    kept = enters(log, 1, "14 19:00", direction="in")
    slip = enters(log, 2, "14 19:10")
    fake = {"source": "poster", "flags": ("unverified",)}
    for who in range(10, 20):
        enters(log, who, "14 19:20", **fake)

    def said():
        extract(log, tmp_path / "extract")
        day = read_day(log.services, LIBRARY, at("14 00:00").date(), EVENING)
        return (
            inside(log, at("14 19:30")),
            day.entered[19],
            hours(tmp_path / "extract")[LIBRARY, "14 19:00"]["entries"],
        )

    assert said() == (12, 12, "12")
    void = {"scan_id": slip.scan_id, "voided_at": at("14 19:12"), "voided_by": "D-1", "reason": "slip"}
    log.services.store.write(lambda db: db.execute(insert(voids).values(**void)))
    recount_pass(log.services, slip.pid, at("14 19:12"))
    assert said() == (11, 11, "11")
    flood = {"quarantine_id": 1, "facility_id": LIBRARY, "started_at": at("14 19:15"), "decision": ""}
    log.services.store.write(lambda db: db.execute(insert(quarantines).values(**flood)))
    recount_facility(log.services, LIBRARY, at("14 19:21"))
    assert said() == (1, 1, "1")
    enters(log, 20, "14 19:25", **fake)  # while it lasts
    assert said() == (1, 1, "1")
    released = {"decision": "released", "decided_at": at("14 19:29"), "ended_at": at("14 19:29")}
    log.services.store.write(lambda db: db.execute(quarantines.update().values(**released)))
    recount_facility(log.services, LIBRARY, at("14 19:30"))
    assert said() == (12, 12, "12")
    with log.services.store.read() as db:
        every = scans.scans_between(db, LIBRARY, at("14 00:00"), EVENING, uncounted=True)
    assert len(every) == 13
    assert kept in every


def test_an_undone_check_out_lets_the_pass_be_where_it_was(log):
    enters(log, 1, "14 21:30", zone="Z-1")
    out = enters(log, 1, "14 21:40", place=BANK)
    assert inside(log, EVENING) == 0
    void = {"scan_id": out.scan_id, "voided_at": EVENING, "voided_by": "D-1", "reason": "slip"}
    log.services.store.write(lambda db: db.execute(insert(voids).values(**void)))
    recount_pass(log.services, out.pid, EVENING)
    assert (inside(log, EVENING, zone="Z-1"), inside(log, EVENING, BANK)) == (1, 0)


def test_the_extract_ends_stays_at_the_closing_as_it_was_known(log, tmp_path):
    enters(log, 1, "14 19:00", place=KARAOKE)
    closes(log, "14 19:30", place=KARAOKE, now=at("14 23:30"))
    extract(log, tmp_path / "extract")
    assert float(hours(tmp_path / "extract")[KARAOKE, "14 19:00"]["person_minutes"]) == 30
    extract(log, tmp_path / "extract", as_of=at("14 23:00"), end=at("14 23:00"))
    assert float(hours(tmp_path / "extract")[KARAOKE, "14 19:00"]["person_minutes"]) == 60


def test_an_index_visit_ends_at_the_closing(log):
    enters(log, 1, "14 19:00", place=KARAOKE)
    closes(log, "14 19:30", place=KARAOKE)
    found = register_case(
        log.services,
        number="군포-1",
        onset=at("14 00:00").date(),
        specimen_date=None,
        places=[],
        passes=[pid(1)],
        now=at("15 09:00"),
    )
    assert [(visit.start, visit.end) for visit in found.visits] == [(at("14 19:00"), at("14 19:30"))]


def test_after_a_new_start_the_memory_knows_closings_and_floods(log):
    enters(log, 1, "14 21:50")
    enters(log, 2, "14 21:51", zone="Z-1")
    closes(log, "14 21:55", zone="Z-1")
    flood = {"quarantine_id": 1, "facility_id": LIBRARY, "started_at": at("14 21:00"), "decision": ""}
    log.services.store.write(lambda db: db.execute(insert(quarantines).values(**flood)))
    enters(log, 3, "14 21:52", source="poster", flags=("unverified",))
    with log.services.store.read() as db:
        log.services.occupancy.rebuild(db, EVENING)
    enters(log, 4, "14 21:53", source="poster", flags=("unverified",))
    enters(log, 5, "14 21:54", zone="Z-1", received="14 22:00")
    assert inside(log, EVENING) == 1
