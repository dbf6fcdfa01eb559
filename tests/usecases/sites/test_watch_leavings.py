"""What goes with a decided entry: the leaving that ends it and no other reading; and what was asked about it."""

import pytest
from sqlalchemy import select

from entry_service.core.doubt_rules import Doubt
from entry_service.core.model import Scan
from entry_service.store.log import doubts, scans
from entry_service.store.schema.doubt_tables import doubt_decisions
from entry_service.usecases.cases import disclose
from entry_service.usecases.sites.watch import decide
from tests.databases import databases, kind  # noqa: F401

from ..cases.test_disclose import APPROVER, Office
from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door
from ..small_log import BANK, small_log
from ..small_log import at as then
from ..watching import DAY, OFFICER, said, shared, waiting

NOON_14 = then("14 12:00")


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def counted(door):
    with door.services.store.read() as db:
        found = scans.scans_between(db, OFFICE, NOON - HOUR, NOON + 3 * DAY)
    return [one.scan_id for one in found]


def kept(door, rows, doubted):
    """Put readings (scan_id, visitor, when, direction) at the office into the log, and doubt some of them."""
    facts = {"facility_id": OFFICE, "source": "staff_scan", "confidence": "high"}
    found = [
        Scan(scan_id=name, pid=bytes([who] * 8), direction=way, scanned_at=at, received_at=at, **facts)
        for name, who, at, way in rows
    ]

    def write(db):
        scans.append_many(db, found)
        for one in found:
            if one.scan_id in doubted:
                doubts.note(db, one.scan_id, OFFICE, one.scanned_at, [Doubt("outside_hours")], one.scanned_at)

    door.services.store.write(write)


def decisions(door):
    with door.services.store.read() as db:
        query = select(doubt_decisions.c.scan_id).where(doubt_decisions.c.ended_at.is_(None))
        return sorted(db.execute(query).scalars())


def test_entries_that_are_void_at_once_take_each_its_own_leaving_along(door):
    rows = [
        ("one", 1, NOON, "in"),
        ("one-left", 1, NOON + 10 * MINUTE, "out"),
        ("two", 2, NOON + HOUR, "in"),
        ("two-left", 2, NOON + 2 * HOUR, "out"),
        ("three", 3, NOON + 26 * HOUR, "in"),
        ("three-left", 3, NOON + 49 * HOUR, "out"),
        ("other", 4, NOON + HOUR, "in"),
    ]
    kept(door, rows, {"one", "two", "three"})
    assert said(door, "void", "made_up", now=NOON + 3 * DAY).changed == 3
    assert counted(door) == ["other"]


def test_a_second_entry_is_no_leaving_and_stays(door):
    rows = [("in", 1, NOON, "in"), ("again", 1, NOON + HOUR, "in"), ("left", 1, NOON + 2 * HOUR, "out")]
    kept(door, rows, {"in"})
    said(door, "void", "made_up")
    assert counted(door) == ["again", "left"]


def test_a_leaving_that_is_void_by_itself_takes_nothing_along(door):
    rows = [("in", 1, NOON, "in"), ("out", 1, NOON + HOUR, "out"), ("out-again", 1, NOON + 2 * HOUR, "out")]
    kept(door, rows, {"out"})
    assert said(door, "void", "device_wrong").changed == 1
    assert counted(door) == ["in", "out-again"]


def test_a_leaving_that_is_doubted_itself_is_decided_by_itself(door):
    kept(door, [("in", 1, NOON, "in"), ("out", 1, NOON + HOUR, "out")], {"in", "out"})
    said(door, "counts", "staff_saw", ["in"])
    assert [scan_id for scan_id, _why in waiting(door)] == ["out"]
    said(door, "void", "made_up", ["in", "out"])
    assert decisions(door) == ["in", "out"]  # one for each
    said(door, "reopened", "decided_wrongly", ["in"])
    assert counted(door) == ["in"]  # the leaving was decided too, and nobody took that back


def test_what_was_taken_back_is_not_taken_back_again(door):
    shared(door)
    said(door, "void", "made_up")
    assert [said(door, "reopened", "decided_wrongly", ["here"]).changed for _twice in range(2)] == [1, 0]
    assert said(door, "void", "made_up", ["here"]).changed == 1


def test_requests_about_the_place_on_that_day_are_counted(databases, kind, tmp_path):  # noqa: F811
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", then("20 12:00"), log_url=log_url, vault_url=vault_url) as log:
        office = Office(log)
        office.now += MINUTE  # the case is registered
        doubted = [
            ("library", LIBRARY, NOON_14),
            ("bank", BANK, NOON_14),
            ("day-before", LIBRARY, NOON_14 - DAY),
            ("day-after", LIBRARY, NOON_14 + DAY),
        ]
        facts = {"direction": "in", "source": "poster", "confidence": "low"}

        def write(db):
            for number, (name, place, at) in enumerate(doubted):
                pid = bytes([200 + number] * 8)
                row = Scan(scan_id=name, facility_id=place, pid=pid, scanned_at=at, received_at=at, **facts)
                scans.append_scan(db, row)
                doubts.note(db, name, place, at, [Doubt("reported_poster")], at)

        log.services.store.write(write)

        def asked(*names):
            made = {"decision": "void", "why": "made_up", "actor": OFFICER, "now": office.now}
            found = decide(log.services, names, **made)
            decide(log.services, names, **{**made, "decision": "reopened", "why": "decided_wrongly"})
            assert found.changed == len(names)
            return found.asked

        assert asked("library") == 0
        waits, opened = office.ask(LIBRARY), office.reveal(LIBRARY, BANK)
        assert opened.contacts == 3
        assert [asked(name) for name, _place, _at in doubted] == [2, 1, 0, 0]
        assert asked("library", "bank") == 2  # each request once
        returned = {"approve": False, "code": office.code(APPROVER), "remark": "장소를 다시 확인"}
        disclose.decide(log.services, waits.request_hash, **returned, actor=APPROVER, now=office.now)
        assert asked("library") == 1
