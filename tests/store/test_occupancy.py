"""Who is inside: the memory of one process says what the log says, whatever order scans arrive in."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from entry_service.core.closings import Closing
from entry_service.store.database.engine import open_store
from entry_service.store.log import closings, scans
from entry_service.store.log.occupancy import FORGET_EVERY, LONGEST, Occupancy, occupancy, occupancy_by_zone
from entry_service.store.schema.door_tables import quarantines, voids
from entry_service.store.sites import facilities

from .conftest import NOON, facility, scan

PLACES = ("GP-001", "GP-002")
ZONES = ("Z-hall", "Z-stage")
MINUTE = timedelta(minutes=1)


@st.composite
def logs(draw):
    """Return scans of a few passes at two places and their zones, often at the same moment, as they arrive."""
    one = st.builds(
        dict,
        facility_id=st.sampled_from(PLACES),
        zone=st.sampled_from(["", "", *ZONES]),
        pid=st.sampled_from([b"pass-one", b"pass-two", b"pass-3..", None]),
        direction=st.sampled_from(["in", "in", "out"]),
        scanned_at=st.integers(0, 6).map(lambda minutes: NOON + minutes * MINUTE),
        received_at=st.integers(0, 9).map(lambda minutes: NOON + minutes * MINUTE),
        party_size=st.integers(1, 4),
        source=st.sampled_from(["staff_scan", "poster"]),
        flags=st.sampled_from([(), ("late", "unverified"), ("unverified_by_hand",)]),
        outcome=st.sampled_from(["accepted", "accepted", "accepted", "pass_expired"]),
    )
    many = draw(st.lists(one, max_size=14))
    return [scan(f"scan-{i}", **facts) for i, facts in enumerate(many)]


@st.composite
def said_over_logs(draw, many):
    """Return what is said over a log: closings, the ids of undone scans, quarantines."""
    minute = st.integers(0, 7).map(lambda minutes: NOON + minutes * MINUTE)
    sent_out = draw(
        st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["", *ZONES]), minute), max_size=2)
    )
    undone = {one.scan_id for one in many if draw(st.integers(0, 5)) == 0}
    decisions = st.sampled_from(["", "released", "voided"])
    floods = draw(st.lists(st.tuples(st.sampled_from(PLACES), minute, st.none() | minute, decisions), max_size=2))
    closed = [
        Closing(closing_id=str(i), facility_id=place, zone=zone, closed_at=at, received_at=NOON, closed_by="D-1")
        for i, (place, zone, at) in enumerate(sent_out)
    ]
    return closed, undone, floods


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(databases, request):
    """Return a log that the test may empty between examples: without its triggers."""
    store = open_store(databases.new(request.param), writer=True)
    on_scans = " ON scans" if request.param == "postgresql" else ""
    store.write(lambda db: db.execute(text(f"DROP TRIGGER scans_kept{on_scans}")))
    store.write(lambda db: facilities.add_many(db, [facility(place) for place in PLACES]))
    yield store
    store.close()


@settings(max_examples=150)
@given(many=logs(), data=st.data())
def test_memory_log_and_any_order_of_arrival_agree(emptied, many, data):
    closed, undone, floods = data.draw(said_over_logs(many))
    fill(emptied, many, closed, undone, floods)
    first, second, rebuilt, later = Occupancy(), Occupancy(), Occupancy(), Occupancy()
    with emptied.read() as db:
        rebuilt.rebuild(db, NOON)
    for each in (first, second):  # the log came scan by scan, the rest was said afterwards, in any order
        for one in data.draw(st.permutations([*many, *closed])):
            each.close(one) if isinstance(one, Closing) else each.apply(one)
        for place in data.draw(st.permutations(sorted({flood[0] for flood in floods}))):
            each.rebuild_facility(emptied.read, place, NOON)
        for one in many:
            if one.scan_id in undone and one.pid:
                each.rebuild_pass(emptied.read, one.pid, NOON)
    for place in PLACES:  # everything was said before the first scan came
        later.rebuild_facility(emptied.read, place, NOON)
    for one in closed:
        later.close(one)
    for one in data.draw(st.permutations([one for one in many if one.scan_id not in undone])):
        later.apply(one)
    with emptied.read() as db:
        for place in PLACES:
            for since in (NOON - MINUTE, NOON + 3 * MINUTE, NOON + 7 * MINUTE, NOON + 2 * MINUTE):
                inside = expected(many, closed, undone, floods, place, since)
                assert occupancy_by_zone(db, place, since) == inside
                assert occupancy(db, place, since) == sum(inside.values())
                for each in (first, second, rebuilt, later):
                    assert each.by_zone(place, since) == inside
                    assert each.count(place, since) == sum(inside.values())
                    assert each.count(place, since, ZONES[0]) == inside.get(ZONES[0], 0)


def fill(store, many, closed, undone, floods):
    """Let the log hold exactly this."""

    def write(db):
        for table in ("scans", "closings", "voids", "quarantines"):
            db.execute(text(f"DELETE FROM {table}"))
        scans.append_many(db, many)
        for one in closed:
            closings.add(db, one)
        for name in undone:
            db.execute(insert(voids).values(scan_id=name, voided_at=NOON, voided_by="D-1", reason="slip"))
        for place, start, end, decision in floods:
            flood = {"facility_id": place, "started_at": start, "ended_at": end, "decision": decision}
            db.execute(insert(quarantines).values(**flood))

    store.write(write)


def expected(many, closed, undone, floods, place, since):
    """Return the same people by zone by the words of the definition, one pass at a time."""

    def held(one):
        return (
            one.source == "poster"
            and "unverified" in one.flags
            and any(
                (one.facility_id == where and start <= one.scanned_at)
                and (end is None or one.scanned_at < end)
                and decision != "released"
                for where, start, end, decision in floods
            )
        )

    counted = [
        one
        for one in many
        if one.outcome == "accepted" and one.pid and one.scan_id not in undone and not held(one)
    ]
    inside = {}
    for pid in {one.pid for one in counted}:
        last = max(
            (one for one in counted if one.pid == pid),
            key=lambda one: (moment(one), one.direction == "out", one.party_size, one.facility_id, one.zone),
        )
        sent_out = any(
            one.facility_id == last.facility_id and one.zone in ("", last.zone) and moment(last) <= one.closed_at
            for one in closed
        )
        if last.facility_id == place and last.direction == "in" and moment(last) >= since and not sent_out:
            inside[last.zone] = inside.get(last.zone, 0) + last.party_size
    return inside


def moment(one):
    return min(one.scanned_at, one.received_at)


def test_an_unknown_place_is_empty(store):
    assert Occupancy().count("GP-404", NOON) == 0
    with store.read() as db:
        assert occupancy(db, "GP-404", NOON) == 0


def test_passes_of_days_gone_by_leave_the_memory():
    memory = Occupancy()
    old = NOON - LONGEST - MINUTE
    for number in range(FORGET_EVERY - 1):
        memory.apply(scan("old", pid=number.to_bytes(8, "big"), scanned_at=old, received_at=old))
    assert memory.count("GP-001", old) == FORGET_EVERY - 1
    memory.apply(scan("new"))
    assert memory.count("GP-001", old) == 1


def test_rebuilding_reads_one_day_and_forgets_what_was_there(store):
    store.write(
        lambda db: scans.append_many(
            db,
            [
                scan("yesterday", pid=b"pass-one", scanned_at=NOON - LONGEST),
                scan("clock ahead", pid=b"pass-two", scanned_at=NOON + LONGEST - MINUTE),
            ],
        )
    )
    memory = Occupancy()
    memory.apply(scan("never logged", pid=b"pass-3.."))
    with store.read() as db:
        memory.rebuild(db, NOON + MINUTE)
    assert memory.count("GP-001", NOON - 2 * LONGEST) == 1
