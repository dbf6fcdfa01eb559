"""Who is inside: the memory of one process says what the log says, whatever order scans arrive in."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from entry_service.store import scans
from entry_service.store.engine import open_store
from entry_service.store.occupancy import FORGET_EVERY, LONGEST, Occupancy, occupancy

from .conftest import NOON, scan

PLACES = ("GP-001", "GP-002")
MINUTE = timedelta(minutes=1)


@st.composite
def logs(draw):
    """Return scans of a few passes at two places, often at the same moment, in any order of arrival."""
    one = st.builds(
        dict,
        facility_id=st.sampled_from(PLACES),
        pid=st.sampled_from([b"pass-one", b"pass-two", b"pass-3..", None]),
        direction=st.sampled_from(["in", "out"]),
        scanned_at=st.integers(0, 6).map(lambda minutes: NOON + minutes * MINUTE),
        received_at=st.integers(0, 9).map(lambda minutes: NOON + minutes * MINUTE),
        party_size=st.integers(1, 4),
        outcome=st.sampled_from(["accepted", "accepted", "accepted", "pass_expired"]),
    )
    many = draw(st.lists(one, max_size=14))
    return [scan(f"scan-{i}", **facts) for i, facts in enumerate(many)]


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(databases, request):
    """Return a log that the test may empty between examples: without its triggers."""
    store = open_store(databases.new(request.param), writer=True)
    on_scans = " ON scans" if request.param == "postgresql" else ""
    store.write(lambda db: db.execute(text(f"DROP TRIGGER scans_kept{on_scans}")))
    yield store
    store.close()


@settings(max_examples=60)
@given(many=logs(), data=st.data())
def test_memory_log_and_any_order_of_arrival_agree(emptied, many, data):
    shuffled = data.draw(st.permutations(many))
    first, second, rebuilt = Occupancy(), Occupancy(), Occupancy()
    emptied.write(lambda db: db.execute(text("DELETE FROM scans")))
    for one in many:
        emptied.write(lambda db, one=one: scans.append_scan(db, one))
        first.apply(one)
    for one in shuffled:
        second.apply(one)
    with emptied.read() as db:
        rebuilt.rebuild(db, NOON)
        for place in PLACES:
            for since in (NOON - MINUTE, NOON + 3 * MINUTE, NOON + 7 * MINUTE):
                inside = occupancy(db, place, since)
                assert inside == expected(many, place, since)
                assert {each.count(place, since) for each in (first, second, rebuilt)} == {inside}


def expected(many, place, since):
    """Return the same number by the words of the definition, one pass at a time."""
    own = [one for one in many if one.facility_id == place and one.outcome == "accepted" and one.pid]
    inside = 0
    for pid in {one.pid for one in own}:
        last = max(
            (one for one in own if one.pid == pid),
            key=lambda one: (moment(one), one.direction == "out", one.party_size),
        )
        inside += last.party_size if last.direction == "in" and moment(last) >= since else 0
    return inside


def moment(one):
    return min(one.scanned_at, one.received_at)


def test_an_unknown_place_is_empty(store):
    assert Occupancy().count("GP-404", NOON) == 0
    with store.read() as db:
        assert occupancy(db, "GP-404", NOON) == 0


def test_passes_of_days_gone_by_leave_the_memory():
    memory = Occupancy()
    old = NOON - 2 * LONGEST - MINUTE
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
