"""Paper slips: sealed or typed, deposited before they are logged, told the same whoever is on them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.errors import BadInput, NotAllowed, ScanConflict, Unavailable
from entry_service.core.model import Contact, Device
from entry_service.core.times import kst_day
from entry_service.store.log import slips
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.slip import SealedContact, log_slip, public_keys
from entry_service.vault import seal
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door

DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
TYPED = SlipContact(phone="010-0000-1234", residence="군포시")
CONTACT = Contact(name="", phone="+821000001234", residence="군포시")
TODAY = kst_day(NOON)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def sealed(door, number=1, contact=CONTACT, day=TODAY):
    pid = number.to_bytes(8, "big")
    return SealedContact(day=day, pid=pid, sealed=seal(door.services.vault.public_key(day), day, pid, contact))


def slip(door, scan_id="slip-one", at=NOON, **facts):
    usual = {"number": "12", "direction": "in", "contact": TYPED, "now": max(at, NOON), "random": door.random}
    device = facts.pop("device", DEVICE)
    return log_slip(door.services, device, scan_id=scan_id, scanned_at=at, **{**usual, **facts})


def deposits(door, day=TODAY):
    """Return how many different people the vault has for the passes of the log, and how many of them it knows."""
    with door.services.vault.store.read() as db:
        from entry_service.vault.tables import records

        return [row.pid for row in db.execute(records.select().order_by(records.c.record_id))]


@pytest.mark.parametrize("form", ["sealed", "typed"])
def test_a_slip_is_a_row_with_its_contact_and_its_number(door, form):
    contact = sealed(door) if form == "sealed" else TYPED
    answer = slip(door, contact=contact, party_size=3, children=1)
    row = door.row("slip-one")
    assert (row.source, row.confidence, row.direction, row.outcome) == ("slip", "low", "in", "accepted")
    assert (row.party_size, row.children, row.device_id, row.gate) == (3, 1, "D-1", "정문")
    assert row.flags == answer.flags == ("unverified",)
    assert deposits(door) == [row.pid]
    assert (answer.occupancy, answer.repeated) == (3, False)
    with door.services.store.read() as db:
        assert slips.number_of(db, "slip-one") == "12"


def test_the_same_scan_id_is_the_same_answer(door):
    first = slip(door, contact=sealed(door))
    again = slip(door, contact=sealed(door), now=NOON + HOUR)  # sealed anew, as no device would
    assert (again.repeated, again.received_at, again.direction) == (True, first.received_at, "in")
    assert len(door.log()) == 1
    changed = (
        {"number": "13"},
        {"party_size": 2},
        {"direction": "out"},
        {"at": NOON - MINUTE},
        {"contact": sealed(door, 2)},
        {"device": replace(DEVICE, facility_id=OFFICE)},
    )
    for other in changed:
        with pytest.raises(ScanConflict):
            slip(door, **other)
    assert len(door.log()) == len(deposits(door)) == 1


def test_a_browser_that_was_enrolled_anew_gets_the_same_answer(door):
    """Its answer was lost, it is another device by now, and the slip is the same."""
    first = slip(door, contact=sealed(door))
    again = slip(door, contact=sealed(door), device=replace(DEVICE, device_id="D-2"), now=NOON + HOUR)
    assert (again.repeated, again.received_at) == (True, first.received_at)
    assert len(door.log()) == len(deposits(door)) == 1


def test_a_scan_id_of_another_door_is_a_conflict_before_anything_is_deposited(door):
    door.scan(door.phone(), scan_id="slip-one")
    before = deposits(door)
    with pytest.raises(ScanConflict):
        slip(door)
    assert deposits(door) == before


def test_a_row_that_was_lost_after_its_deposit_is_logged_by_the_next_try(door, monkeypatch):
    contact = sealed(door)
    with monkeypatch.context() as broken:
        broken.setattr(type(door.services.store), "write", _fails_for(door.services.store))
        with pytest.raises(Unavailable):
            slip(door, contact=contact)
    assert len(deposits(door)) == 1
    assert door.log() == []
    assert slip(door, contact=contact, now=NOON + HOUR).repeated is False
    assert deposits(door) == [door.row("slip-one").pid]


def _fails_for(broken):
    own = type(broken).write

    def write(store, fn):
        if store is broken:
            raise Unavailable(reason="test")
        return own(store, fn)

    return write


def test_sent_many_times_at_once_a_slip_is_one_row(door):
    contact = sealed(door)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: slip(door, contact=contact), range(8)))
        typed = list(pool.map(lambda _: slip(door, scan_id="slip-two"), range(8)))
    for one in (answers, typed):
        assert sum(not answer.repeated for answer in one) == 1
    assert len(door.log()) == 2


def test_over_the_cap_is_flagged_and_neither_refused_nor_told(door):
    answers = [slip(door, scan_id=f"slip-{number}", contact=sealed(door, number + 1)) for number in range(5)]
    assert [row.flags for row in door.log()] == [("unverified",)] * 3 + [("unverified", "over_cap")] * 1 + [
        ("unverified", "over_cap", "full")
    ]
    assert {answer.flags for answer in answers[:4]} == {("unverified",)}
    assert answers[4].flags == ("unverified", "full")
    again = slip(door, scan_id="slip-3", contact=sealed(door, 4))
    assert (again.repeated, again.flags) == (True, ("unverified",))


def test_the_answer_says_nothing_of_earlier_visits(door):
    """A known number, a new one, one over the cap: the same answer but for the id."""
    for number in range(3):
        slip(door, scan_id=f"before-{number}", number=str(number), at=NOON - HOUR, party_size=1)
        slip(door, scan_id=f"gone-{number}", number=str(number), at=NOON - MINUTE, direction="out", contact=None)
    known = slip(door, scan_id="slip-known", number="50")
    slip(door, scan_id="slip-gone", number="50", direction="out", contact=None)
    new = slip(door, scan_id="slip-known2", number="51", contact=replace(TYPED, phone="010-0999-4321"))
    assert replace(known, scan_id="") == replace(new, scan_id="")
    assert door.row("slip-known").flags != door.row("slip-known2").flags  # the log knows


def test_who_leaves_is_found_by_the_number_of_the_slip(door):
    slip(door, at=NOON - HOUR)
    came = door.row("slip-one")
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 1
    left = slip(door, scan_id="slip-out", direction="out", contact=None)
    assert (door.row("slip-out").pid, left.occupancy) == (came.pid, 0)
    assert len(deposits(door)) == 1
    again = slip(door, scan_id="slip-out", direction="out", contact=None, now=NOON + MINUTE)
    assert again.repeated


def test_a_number_that_begins_again_is_the_later_slip_and_one_never_typed_stands_alone(door):
    slip(door, scan_id="slip-early", at=NOON - 2 * HOUR)
    slip(door, scan_id="slip-late", at=NOON - HOUR, contact=replace(TYPED, phone="010-0000-9999"))
    slip(door, scan_id="slip-out", direction="out", contact=None, at=NOON - MINUTE)
    assert door.row("slip-out").pid == door.row("slip-late").pid
    slip(door, scan_id="out-early", direction="out", contact=None, at=NOON - 90 * MINUTE)
    assert door.row("out-early").pid == door.row("slip-early").pid
    slip(door, scan_id="out-unknown", number="99", direction="out", contact=None)
    pids = {row.pid for row in door.log()}
    assert len(pids) == 3
    slip(door, scan_id="out-typed", number="98", direction="out", contact=TYPED)
    assert door.row("out-typed").pid in deposits(door)


def test_who_came_before_midnight_leaves_by_the_same_slip_after_it(door):
    """The pad begins again in the morning: a number is this day's, and yesterday's only for a late stay."""
    late = NOON + 11.5 * HOUR
    slip(door, scan_id="slip-noon", at=NOON, number="8")
    slip(door, at=late)
    slip(door, scan_id="slip-out", direction="out", contact=None, at=late + HOUR)
    assert door.row("slip-out").pid == door.row("slip-one").pid
    slip(door, scan_id="out-noon", number="8", direction="out", contact=None, at=late + HOUR)  # long gone
    assert door.row("out-noon").pid != door.row("slip-noon").pid
    morning = NOON + 21 * HOUR
    slip(door, scan_id="slip-next", at=morning)
    slip(door, scan_id="out-next", direction="out", contact=None, at=morning + HOUR)
    assert door.row("out-next").pid == door.row("slip-next").pid


def test_a_slip_of_yesterday_is_kept_with_the_day_it_was_written(door):
    yesterday = NOON - 24 * HOUR
    contact = sealed(door, day=kst_day(yesterday))
    answer = slip(door, at=yesterday, contact=contact)
    assert "late" in answer.flags
    with door.services.vault.store.read() as db:
        from entry_service.vault.tables import records

        assert db.execute(records.select()).one().day == kst_day(yesterday)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"contact": None}, "phone"),
        ({"contact": SlipContact()}, "phone"),
        ({"contact": SlipContact(phone="010-0000-1234", safety_code="12가34나", residence="군포시")}, "phone"),
        ({"contact": SlipContact(phone="010-0000-1234")}, "residence"),
        ({"contact": SlipContact(phone="031-390-0000", residence="군포시")}, "phone"),
        ({"contact": SlipContact(safety_code="12가3나다")}, "safety_code"),
        ({"contact": SlipContact(safety_code="12가345")}, "safety_code"),
        ({"at": NOON - timedelta(days=29)}, "scanned_at"),
        ({"at": NOON + timedelta(days=2), "now": NOON}, "scanned_at"),
        ({"party_size": 21}, "party_size"),
        ({"party_size": 2, "children": 2}, "children"),
    ],
)
def test_what_cannot_be_read_leaves_nothing_behind(door, facts, field):
    with pytest.raises(BadInput) as refused:
        slip(door, **facts)
    assert refused.value.facts["field"] == field
    assert door.log() == []
    assert deposits(door) == []


@pytest.mark.parametrize("code", ["12가34나", "가12나34", " 12가 34나 ", "1가23나4"])
def test_a_safety_code_is_a_contact_in_any_order_and_needs_no_district(door, code):
    slip(door, contact=SlipContact(safety_code=code))
    assert len(deposits(door)) == 1


def test_a_sealed_record_must_be_of_its_day_and_hold_a_contact_that_can_be_counted(door):
    tomorrow = TODAY + timedelta(days=1)
    wrong = (
        sealed(door, day=tomorrow),
        replace(sealed(door), day=tomorrow),
        replace(sealed(door), sealed=bytes(416)),
        sealed(door, contact=Contact(name="")),
        sealed(door, contact=replace(CONTACT, safety_code="12가34나")),
        sealed(door, contact=replace(CONTACT, phone="1234")),
        sealed(door, contact=Contact(name="", safety_code="x")),
    )
    for contact in wrong:
        with pytest.raises(BadInput):
            slip(door, contact=contact)
    assert deposits(door) == []


def test_a_number_sealed_in_another_spelling_is_the_same_person(door):
    spelled = sealed(door, 1, replace(CONTACT, phone="010 0000 1234"))
    slip(door, scan_id="slip-a1234", contact=spelled)
    slip(door, scan_id="slip-b1234", contact=sealed(door, 2))
    assert set(door.services.vault.group((TODAY, pid) for pid in deposits(door)).values()) == {1}


def test_nobody_enters_under_the_pass_of_another_visitor(door):
    """A device sees the pid in every pass it scans; a slip sealed under it would be an entry of that visitor."""
    phone = door.phone()
    public = door.services.vault.public_key(TODAY)
    forged = SealedContact(day=TODAY, pid=phone.pid, sealed=seal(public, TODAY, phone.pid, CONTACT))
    with pytest.raises(ScanConflict):
        slip(door, contact=forged)
    assert door.log() == []


def test_only_a_desk_takes_slips(door):
    for profile in ("gate", "kiosk"):
        with pytest.raises(NotAllowed):
            slip(door, device=replace(DEVICE, profile=profile))
    assert deposits(door) == []


def test_keys_are_those_of_today_and_two_days_more_and_public(door):
    keys = public_keys(door.services, NOON)
    assert [day for day, _ in keys] == [TODAY + timedelta(days=ahead) for ahead in range(3)]
    assert [public for _, public in keys] == [door.services.vault.public_key(day) for day, _ in keys]
    late = NOON.replace(hour=23, minute=59)
    assert public_keys(door.services, late)[0][0] == TODAY
    assert public_keys(door.services, late + MINUTE)[0][0] == TODAY + timedelta(days=1)
