"""After the end of collection: no key of a later day, ways out for who came in before, nothing new of anybody."""

import pytest

from entry_service.core.model import Contact, Device
from entry_service.core.times import day_start, kst_day
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.poster_entry import check_in_poster, check_out_poster
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.slip import log_slip, public_keys
from entry_service.usecases.doors.sync import sync
from entry_service.usecases.drills.drills import prepare_drill
from entry_service.usecases.drills.outage_drill import announce
from entry_service.usecases.retention import sunset as ending
from entry_service.usecases.sites import enrol_device
from entry_service.usecases.sites.closings import everyone_out
from entry_service.usecases.sites.report_poster import report_poster
from tests.databases import databases, kind

from ..drilling import drawn
from ..small_log import BANK, LIBRARY
from .test_sunset import ADMIN, DAY, DEVICE, MINUTE, NOW, PERSON, believe, decided, log, poster_of, purged, scan

__all__ = ["databases", "kind", "log"]
ENDED = NOW + MINUTE


def test_no_key_is_drawn_for_a_day_after_the_end(log):
    public_keys(log.services, NOW)
    decided(log, "end")
    today = kst_day(NOW)
    assert [day for day, _key in public_keys(log.services, ENDED)] == [today]
    for days in (1, 40):
        with pytest.raises(CollectionEnded):
            public_keys(log.services, ENDED + days * DAY)
    assert max(log.services.vault.days()) == today + 2 * DAY


def test_keys_drawn_ahead_go_once_their_day_is_over_unless_they_hold_a_contact(log):
    public_keys(log.services, NOW)
    today = kst_day(NOW)
    log.services.vault.deposit(today + DAY, bytes(8), Contact(name="시험방문자", phone="+821000000001"))
    decided(log, "end")
    purged(log, ENDED)
    assert max(log.services.vault.days()) == today + 2 * DAY  # it may be taken back
    planned = ending.status(log.services, ENDED).plan
    assert (planned.last_day, planned.last_destroyed_on) == (today, today + 29 * DAY)
    believe(log, NOW + 3 * DAY)
    purged(log, NOW + 3 * DAY)
    assert [day for day in log.services.vault.days() if day > today] == [today + DAY]


def test_a_day_whose_end_was_taken_back_has_its_key(log):
    public_keys(log.services, NOW)
    decided(log, "end")
    purged(log, NOW + 5 * MINUTE)
    decided(log, "cancel", NOW + DAY)
    later = NOW + DAY + MINUTE
    assert scan(log, later, later).outcome == "accepted"
    assert [day for day, _key in public_keys(log.services, later)][0] == kst_day(later)


def read(log, who, when, direction, number, device=DEVICE):
    return check_in_pass(
        log.services,
        device,
        scan_id=f"scan-way-{number}",
        text=log.code(who, f"{when:%d %H:%M}"),
        direction=direction,
        scanned_at=when,
        gate="",
        now=when,
    )


def test_who_came_in_before_the_end_leaves_by_every_door_until_midnight_and_nobody_else_does(log):
    services, random = log.services, drawn()
    for who in (31, 32, 33, 35):
        read(log, who, NOW, "in", f"in-{who}")
    ticket = check_in_poster(
        services, poster_of(log), PERSON, scan_id="poster-1", party_size=1, now=NOW, random=random
    )
    slip = {"number": "7", "contact": None, "random": random}
    contact = SlipContact(phone="010-0000-1234", residence="경기도 군포시")
    given = {**slip, "contact": contact, "scan_id": "slip-in", "scanned_at": NOW, "now": NOW}
    log_slip(services, DEVICE, direction="in", **given)
    decided(log, "end")
    then = NOW + 2 * 60 * MINUTE
    left = read(log, 31, then, "out", "out-31")
    assert (left.direction, read(log, 31, then, "out", "out-31").repeated) == ("out", True)
    assert read(log, 32, then, "auto", "out-32").direction == "out"
    assert check_out_poster(services, ticket, scan_id="poster-out", now=then).left_at == then
    out = {**slip, "scan_id": "slip-out", "scanned_at": then, "now": then, "direction": "out"}
    assert log_slip(services, DEVICE, **out).outcome == "accepted"
    queued = [
        QueuedScan(
            scan_id=f"queued-{who}", text=log.code(who, f"{then:%d %H:%M}"), direction="auto", scanned_at=then
        )
        for who in (33, 34)
    ]
    known, stranger = sync(services, DEVICE, queued, device_now=then, now=then)
    assert known.scan.direction == "out"
    assert isinstance(stranger, CollectionEnded)
    elsewhere = Device(device_id="D-2", facility_id=BANK, name="정문")
    midnight = NOW + 9 * 60 * MINUTE
    for refused in (
        lambda: read(log, 36, then, "out", "out-36"),
        lambda: read(log, 36, then, "auto", "auto-36"),
        lambda: read(log, 35, then, "out", "out-35", elsewhere),
        lambda: read(log, 35, then, "in", "in-again"),
        lambda: read(log, 35, midnight, "out", "out-late"),
        lambda: log_slip(services, DEVICE, **{**out, "scan_id": "slip-no", "number": "8", "contact": contact}),
        lambda: check_out_poster(services, ticket, scan_id="poster-late", now=midnight),
    ):
        with pytest.raises(CollectionEnded):
            refused()
    closing = {"closing_id": "c-1", "closed_at": then, "closed_by": "D-1", "now": then}
    assert everyone_out(services, LIBRARY, "", **closing).closed_at == then


def test_reports_and_drills_end_with_collection(log):
    services, random = log.services, drawn()
    decided(log, "end")
    keys = services.vault.days()
    window = {"start": NOW, "end": ENDED + MINUTE}
    for refused in (
        lambda: report_poster(services, poster_of(log), "damaged", now=ENDED),
        lambda: prepare_drill(services, sites=1, contacts=1, actor=ADMIN, now=ENDED + DAY, random=random),
        lambda: announce(services, sites=(LIBRARY,), **window, actor=ADMIN, now=NOW, random=random),
    ):
        with pytest.raises(CollectionEnded):
            refused()
    assert services.vault.days() == keys


def test_no_device_is_invited_or_enrolled_once_the_day_of_the_end_is_over(log):
    facts = {"name": "정문", "zone": "", "profile": "desk"}

    def invites(mark: bytes, now):
        return enrol_device.invite(log.services, LIBRARY, **facts, token_hash=mark * 32, now=now)

    def joins(mark: bytes, now):
        new = {"device_id": f"D-{mark.hex()}", "token_hash": mark * 16, "instead_of": None}
        return enrol_device.join(log.services, invitation_hash=mark * 32, **new, now=now)

    midnight = day_start(kst_day(NOW) + DAY)
    decided(log, "end")
    invites(b"\x01", midnight - 2 * MINUTE)
    assert joins(b"\x01", midnight - 2 * MINUTE).facility_id == LIBRARY  # it may bring what it still keeps
    invites(b"\x02", midnight - MINUTE)
    for late in (lambda: joins(b"\x02", midnight), lambda: invites(b"\x03", midnight)):
        with pytest.raises(CollectionEnded):
            late()
