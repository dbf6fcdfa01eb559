"""Printed cards at a door, and one person through every door of a day: what log and vault make of it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from entry_service.core.cards import CardRevoked, CardUnknown
from entry_service.core.errors import BadInput, NotAllowed, PassRefused
from entry_service.core.model import Device
from entry_service.core.times import kst_day
from entry_service.store.sites import facilities
from entry_service.usecases.doors import cards
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.look import look
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.poster_entry import check_in_poster
from entry_service.usecases.doors.slip import SealedContact, log_slip
from entry_service.vault import seal
from entry_service.vault.cards import LIFETIME
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, POSTER, open_door, place

DESK = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
PHONE = "010-0000-1234"
TODAY = kst_day(NOON)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


@pytest.fixture
def card(door):
    """Return the text of a card of a person whose daughter has a phone."""
    return give_out(door).text


def give_out(door, form_id="one", contact=None):
    contact = contact or SlipContact(phone=PHONE, residence="군포시")
    return cards.issue(door.services, LIBRARY, contact, form_id=form_id, now=NOON, random=door.random)


def read(door, text, at=NOON, scan_id="scan-card", facility=LIBRARY, device_id="D-1", **facts):
    device = Device(device_id=device_id, facility_id=facility, name="정문", **facts)
    return check_in_pass(
        door.services,
        device,
        scan_id=scan_id,
        text=text,
        direction="auto",
        scanned_at=at,
        gate="정문",
        now=at,
        random=door.random,
    )


def test_a_card_lets_in_and_out_and_is_worth_little(door, card):
    answers = [read(door, card, NOON), read(door, card, NOON + HOUR, scan_id="scan-later")]
    assert [answer.direction for answer in answers] == ["in", "out"]
    came, left = door.log()
    assert came.pid == left.pid
    assert (came.source, came.confidence, came.flags) == ("card", "low", ("unverified",))
    tomorrow = NOON + timedelta(days=1)
    read(door, card, tomorrow, scan_id="scan-tomorrow")
    assert door.row("scan-tomorrow").pid != came.pid


def test_a_card_that_was_photographed_is_flagged_where_it_is_at_two_places(door, card):
    door.services.store.write(lambda db: facilities.add(db, place("GP-003")))
    places = (LIBRARY, OFFICE, "GP-003")
    for number, facility in enumerate(places):
        read(door, card, NOON + number * MINUTE, scan_id=f"scan-at-{number}", facility=facility)
    rows = door.log()
    assert len({row.pid for row in rows}) == 1
    assert ["two_places" in row.flags for row in rows] == [False, True, True]
    assert all(row.outcome == "accepted" for row in rows)


def test_a_card_that_is_read_too_often_is_flagged_and_let_in(door, card):
    door.services.store.write(lambda db: facilities.add(db, place("GP-003")))
    for number in range(5):
        facility = ("GP-003", OFFICE)[number % 2]
        read(door, card, NOON + number * 10 * MINUTE, scan_id=f"scan-no-{number}", facility=facility)
    assert ["over_cap" in row.flags for row in door.log()] == [False, False, False, True, True]


def test_an_unknown_and_an_ended_card_are_refused_and_logged_without_a_pass(door):
    given = give_out(door)
    read(door, given.text)
    cards.revoke(door.services, LIBRARY, given.card_id, now=NOON + MINUTE)
    for text, code, scan_id in (
        (given.text, "card_revoked", "scan-revoked"),
        ("EPK1" + "0" * 16, "card_unknown", "scan-unknown"),
        ("EPK1", "card_unknown", "scan-cut-off"),
    ):
        with pytest.raises(PassRefused) as refused:
            read(door, text, NOON + 2 * MINUTE, scan_id=scan_id)
        assert refused.value.code == code
        row = door.row(scan_id)
        assert (row.outcome, row.pid) == (code, None)
    other = give_out(door, "two")
    with pytest.raises(CardRevoked):
        cards.present(door.services, other.text, TODAY + LIFETIME, NOON + LIFETIME, door.random)


def test_only_a_desk_reads_cards_and_no_question_takes_one(door, card):
    for profile in ("gate", "kiosk"):
        with pytest.raises(NotAllowed):
            read(door, card, profile=profile)
    with pytest.raises(BadInput):
        look(door.services, DESK, text=card, scanned_at=NOON, now=NOON)
    assert door.log() == []
    with door.services.vault.store.read() as db:
        from entry_service.vault.tables import card_days

        assert db.execute(card_days.select()).all() == []


def test_a_card_is_given_out_for_a_contact_that_can_be_reached(door):
    for contact in (SlipContact(), SlipContact(phone="1234", residence="군포시"), SlipContact(phone=PHONE)):
        with pytest.raises(BadInput):
            give_out(door, contact=contact)
    assert cards.given_out(door.services, LIBRARY) == []
    with pytest.raises(CardUnknown):
        cards.present(door.services, "EPK1" + "Z" * 16, TODAY, NOON, door.random)


def through_every_door(door, phone=PHONE, start=0):
    """Bring one person in by every door of the day; return the pass of each."""
    number = f"+82{phone.replace('-', '')[1:]}"
    ids = [f"by-{name}-{start}" for name in ("pass", "poster", "slip", "sealed", "card")]
    at = NOON + start * HOUR
    door.scan(door.phone(Person(name="시험방문자", phone=phone), at), at, scan_id=ids[0])
    person = Person(name="방문자", phone=phone)
    check_in_poster(door.services, POSTER, person, scan_id=ids[1], party_size=1, now=at, random=door.random)
    facts = {"direction": "in", "scanned_at": at, "now": at, "random": door.random}
    typed = SlipContact(phone=phone, residence="수원시")
    log_slip(door.services, DESK, scan_id=ids[2], number="1", contact=typed, **facts)
    from entry_service.core.model import Contact

    pid = door.random(8)
    sealed = seal(
        door.services.vault.public_key(TODAY), TODAY, pid, Contact(name="", phone=number, residence="군포시")
    )
    contact = SealedContact(day=TODAY, pid=pid, sealed=sealed)
    log_slip(door.services, DESK, scan_id=ids[3], number="2", contact=contact, **facts)
    read(door, give_out(door, f"of {phone}", typed).text, at, scan_id=ids[4])
    called = Call(call_id=f"{start}", facility_number="0800390001", caller=phone, called_at=at)
    log_call(door.services, called, now=at, random=door.random)
    return [door.row(scan_id).pid for scan_id in (*ids, f"call:{start}")]


def test_one_person_through_every_door_is_one_for_tracing_and_many_for_everybody_else(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=30) as door:
        library = place(LIBRARY, opens=0, closes=24, call_number="0800390001")
        door.services.store.write(lambda db: facilities.update_facility(db, library))
        mine = through_every_door(door)
        others = through_every_door(door, "010-0000-9999", start=1)
        assert len({*mine, *others}) == 12
        grouped = door.services.vault.group((TODAY, pid) for pid in [*mine, *others])
        assert [grouped[TODAY, pid] for pid in [*mine, *others]] == [1] * 6 + [2] * 6
        tomorrow = TODAY + timedelta(days=1)
        apart = door.services.vault.group([(TODAY, mine[0]), (tomorrow, mine[0])])
        assert len(set(apart.values())) == 2
        assert {row.source for row in door.log()} == {"staff_scan", "poster", "slip", "card", "call"}
        assert all(a.scanned_at <= b.scanned_at for a, b in pairwise(door.log()))


def test_a_safety_code_is_one_person_by_slip_and_card(door):
    contact = SlipContact(safety_code="12 가34나")
    facts = {"direction": "in", "scanned_at": NOON, "now": NOON, "random": door.random}
    log_slip(door.services, DESK, scan_id="by-slip-one", number="1", contact=contact, **facts)
    read(door, give_out(door, contact=SlipContact(safety_code="12가34나")).text)
    pids = [row.pid for row in door.log()]
    assert len(set(pids)) == 2
    assert len(set(door.services.vault.group((TODAY, pid) for pid in pids).values())) == 1
