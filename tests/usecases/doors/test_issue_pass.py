"""Issuing: a sealed contact first, then a signature over exactly what was asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from entry_service.core.errors import BadInput, Unavailable
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text, read_pass
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.usecases.doors.issue_pass import PassDay, Person, contact_of, issue_passes
from entry_service.vault.tables import records
from entry_service.vault.verification import CertificateRefused
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, NOON, PERSON, open_door
from .test_check_in import certificate

TODAY = kst_day(NOON)
TOMORROW = TODAY + timedelta(days=1)
ELEMENTS = chain(bytes(16), 1440)
WANTED = PassDay(day=TODAY, root=ELEMENTS[0], first_slot=1440, slot_count=1440, slot_seconds=30)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def issue(door, *days, person=PERSON, now=NOON):
    return issue_passes(door.services, person, days, now, door.random)


def kept(door):
    with door.services.vault.store.read() as db:
        return db.execute(select(records).order_by(records.c.record_id)).all()


def test_the_pass_of_a_chain_can_be_read_with_the_public_key_alone(door):
    for wanted in (WANTED, replace(WANTED, day=TOMORROW)):
        [issued] = issue(door, wanted)
        header = PassHeader(issued.kid, day_number(issued.day), issued.pid, 1440, 1440, 30, issued.verified)
        text = code_text(SignedPass(header, ELEMENTS[0], issued.sig), 7, ELEMENTS[7])
        at = day_start(issued.day) + 12 * HOUR + timedelta(seconds=180)
        reading = read_pass(text, at=at, keys=door.services.public_keys)
        assert (reading.header, reading.i) == (header, 7)


def test_today_and_tomorrow_share_neither_pass_nor_key(door):
    today, tomorrow = issue(door, WANTED, replace(WANTED, day=TOMORROW, first_slot=0))
    assert (today.day, tomorrow.day) == (TODAY, TOMORROW)
    assert today.pid != tomorrow.pid
    assert [(row.day, row.pid) for row in kept(door)] == [(TODAY, today.pid), (TOMORROW, tomorrow.pid)]
    assert kept(door)[0].blind != kept(door)[1].blind


def test_tomorrow_is_a_day_in_korea(door):
    before_midnight = NOON + 11 * HOUR
    issue(door, replace(WANTED, day=TOMORROW), now=before_midnight)
    with pytest.raises(BadInput):
        issue(door, WANTED, now=before_midnight + HOUR)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": TODAY - timedelta(days=1)}, "days.0.day"),
        ({"day": TODAY + timedelta(days=2)}, "days.0.day"),
        ({"root": b""}, "days.0.root"),
        ({"root": bytes(15)}, "days.0.root"),
        ({"root": bytes(17)}, "days.0.root"),
        ({"slot_count": 0}, "days.0.slot_count"),
        ({"slot_count": 1441}, "days.0.slot_count"),
        ({"slot_count": 10**9}, "days.0.slot_count"),
        ({"first_slot": -1}, "days.0.slot_count"),
        ({"first_slot": 1441}, "days.0.slot_count"),
        ({"slot_seconds": 14}, "days.0.slot_count"),
        ({"slot_seconds": 121}, "days.0.slot_count"),
    ],
    ids=str,
)
def test_what_cannot_be_signed_is_named_and_nothing_is_kept(door, changes, field):
    with pytest.raises(BadInput) as refused:
        issue(door, replace(WANTED, **changes))
    assert refused.value.facts == {"field": field}
    with pytest.raises(BadInput):
        issue(door, WANTED, replace(WANTED, **{"day": TOMORROW, **changes}))
    assert kept(door) == []


def test_no_day_and_a_day_twice_are_refused(door):
    for days in ((), (WANTED, WANTED)):
        with pytest.raises(BadInput) as refused:
            issue(door, *days)
        assert refused.value.facts == {"field": "days"}
    assert kept(door) == []


def test_without_a_durable_contact_there_is_no_pass(door, monkeypatch):
    monkeypatch.setattr(door.services.vault.store, "write", lambda fn: (_ for _ in ()).throw(Unavailable))
    with pytest.raises(Unavailable):
        issue(door, WANTED)


def test_a_pass_says_whether_its_number_was_verified(door):
    [plain] = issue(door, WANTED)
    [verified] = issue(door, WANTED, person=replace(PERSON, certificate=certificate(door)))
    assert (plain.verified, verified.verified) == (False, True)


def test_a_certificate_of_another_number_or_none_at_all(door):
    for wrong in (certificate(door, "+821000009999"), "forged"):
        with pytest.raises(CertificateRefused):
            issue(door, WANTED, person=replace(PERSON, certificate=wrong))
    contact = contact_of(door.services, replace(PERSON, certificate=""), NOON)
    assert not contact.verified
    own = Person(name="방문자", safety_code="12가34나", certificate=certificate(door))
    assert not contact_of(door.services, own, NOON).verified  # a certificate is of a number


def test_contacts_are_normalised_before_they_are_sealed(door):
    typed = Person(name="  시험   방문자 ", phone="＋82 (0)10 0000 1234", residence=" 경기도  군포시")
    assert contact_of(door.services, typed, NOON) == contact_of(door.services, PERSON, NOON)
