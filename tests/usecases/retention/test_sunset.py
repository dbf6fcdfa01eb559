"""The end of collection: two people decide, doors refuse, queues of before are kept, all goes, the proof holds."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes

import pytest

from entry_service.core.actors import Actor
from entry_service.core.errors import NotAllowed
from entry_service.core.model import Device
from entry_service.core.receipts import ReceiptForged, canonical, read_public_pem, verify
from entry_service.core.retention import Reading
from entry_service.core.sunset import ProofNotReady, ProofWrong, check_proof
from entry_service.core.times import kst_day
from entry_service.services import open_services
from entry_service.store.retention import retention, sunset
from entry_service.store.sites import posters
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.cards import issue
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.issue_pass import PassDay, Person, issue_passes
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.poster_entry import check_in_poster
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.slip import log_slip
from entry_service.usecases.doors.sync import sync
from entry_service.usecases.drills.drills import all_drills, prepare_drill
from entry_service.usecases.retention import sunset as ending
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.receipts import public_key_pem, receipt_file
from entry_service.vault.factors import FactorRefused
from entry_service.vault.sunset import NotDecreed, OwnDecree
from tests.databases import databases, kind
from tests.usecases.small_log import LIBRARY, at, pid, small_log

from ..drilling import hang_posters, second_factors

__all__ = ["databases", "kind"]
NOW = at("20 15:00")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ADMIN, OTHER = Actor(account_id="A-admin", role="admin"), Actor(account_id="A-approver", role="approver")
DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
CODES = []  # the codes of the two people, for the log that is open
PERSON = Person(name="시험방문자", phone="010-0000-1234", residence="경기도 군포시")


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    addresses = {"log_url": log_url, "vault_url": vault_url, "backups": str(tmp_path / "backups")}
    with small_log(tmp_path / "var", NOW, **addresses) as opened:
        hang_posters(opened)
        for who, day in ((1, "18"), (2, "19"), (3, "20")):
            opened.stay(who, LIBRARY, f"{day} 10:00", f"{day} 11:00")
            opened.contact(who, day, f"+82100000000{who}")
        CODES[:] = [second_factors(opened.services.vault, (ADMIN, OTHER), NOW)]
        believe(opened, NOW)
        yield opened


def believe(log, now) -> None:
    mark = Reading(wall=now, boot_id="one", boot_seconds=now.timestamp() - 1e9)
    log.services.store.write(lambda db: retention.set_only_mark(db, mark))


def purged(log, now):
    return purge(log.services, Reading(wall=now, boot_id="one", boot_seconds=now.timestamp() - 1e9))


def code(log, actor, now) -> str:
    return CODES[0](actor, now)


def decided(log, what: str, now=NOW, asker=ADMIN, other=OTHER):
    wish = ending.ask(log.services, what, actor=asker, code=code(log, asker, now), now=now)
    given = {"actor": other, "code": code(log, other, now), "now": now}
    return ending.confirm(log.services, wish.request_hash, **given)


def scan(log, when, now, number: int = 9):
    return check_in_pass(
        log.services,
        DEVICE,
        scan_id=f"scan-new-{number}",
        text=log.code(7, f"{when:%d %H:%M}"),
        direction="in",
        scanned_at=when,
        gate="",
        now=now,
    )


def doors(log, now):
    """Return each way in as a call that tries it."""
    services, random = log.services, lambda size: bytes(range(size))
    day = PassDay(day=kst_day(now), root=bytes(16), first_slot=0, slot_count=1, slot_seconds=15)
    poster = poster_of(log)
    slip = {"scan_id": "slip-new-1", "number": "1", "scanned_at": now, "direction": "in", "now": now}
    called = Call(call_id="c-1", facility_number="031-390-0000", caller="010-0000-1234", called_at=now)
    contact = SlipContact(phone="010-0000-1234", residence="경기도 군포시")
    return {
        "pass": lambda: issue_passes(services, PERSON, [day], now, random),
        "scan": lambda: scan(log, now, now),
        "poster": lambda: check_in_poster(
            services, poster, PERSON, scan_id="p-1", party_size=1, now=now, random=random
        ),
        "slip": lambda: log_slip(services, DEVICE, **slip, contact=contact, random=random),
        "call": lambda: log_call(services, called, now=now, random=random),
        "card": lambda: issue(services, LIBRARY, contact, form_id="f-1", now=now, random=random),
    }


def poster_of(log) -> str:
    with log.services.store.read() as db:
        return posters.current(db, LIBRARY).poster_id


def test_every_door_refuses_from_the_end_on_and_keeps_what_was_queued_before(log):
    decided(log, "end")
    ended = NOW + MINUTE
    assert scan(log, NOW, NOW).outcome == "accepted"  # the minute until every process knows
    for name, enters in doors(log, ended).items():
        with pytest.raises(CollectionEnded):
            enters()
        assert name
    late = ended + 3 * 60 * MINUTE
    items = [
        QueuedScan(scan_id=f"queued-{n}", text=log.code(8, f"{when:%d %H:%M}"), direction="in", scanned_at=when)
        for n, when in enumerate((NOW - 5 * MINUTE, ended + 5 * MINUTE))
    ]
    before, after = sync(log.services, DEVICE, items, device_now=late, now=late)
    assert before.scan.outcome == "accepted"
    assert isinstance(after, CollectionEnded)


def test_it_takes_two_people_with_codes_of_their_own(log):
    with pytest.raises(FactorRefused):
        ending.ask(log.services, "end", actor=ADMIN, code="000000", now=NOW)
    with pytest.raises(NotAllowed):
        ending.ask(log.services, "end", actor=Actor(account_id="A-officer", role="officer"), code="", now=NOW)
    wish = ending.ask(log.services, "end", actor=ADMIN, code=code(log, ADMIN, NOW), now=NOW)
    confirm = {"request_hash": wish.request_hash, "now": NOW}
    with pytest.raises(OwnDecree):
        ending.confirm(log.services, actor=ADMIN, code=code(log, ADMIN, NOW), **confirm)
    with pytest.raises(FactorRefused):
        ending.confirm(log.services, actor=OTHER, code="000000", **confirm)
    late = {**confirm, "now": NOW + 25 * 60 * MINUTE}
    with pytest.raises(NotDecreed):
        ending.confirm(log.services, actor=OTHER, code=code(log, OTHER, late["now"]), **late)
    assert ending.status(log.services, NOW).ending is None
    assert scan(log, NOW, NOW).outcome == "accepted"


def test_it_can_be_taken_back_until_keys_went_early(log):
    decided(log, "end")
    decided(log, "cancel", NOW + MINUTE)
    assert ending.status(log.services, NOW + MINUTE).ending is None
    assert scan(log, NOW + 2 * MINUTE, NOW + 2 * MINUTE).outcome == "accepted"
    with pytest.raises(NotDecreed):
        decided(log, "destroy_now", NOW + 3 * MINUTE)
    decided(log, "end", NOW + 3 * MINUTE)
    decided(log, "destroy_now", NOW + 4 * MINUTE)
    with pytest.raises(NotDecreed):
        decided(log, "cancel", NOW + 5 * MINUTE)


def test_without_a_decree_no_key_goes_early(log):
    day = kst_day(NOW)
    with pytest.raises(NotAllowed):
        log.services.vault.sunset.destroy_key(day, NOW)
    decided(log, "end")
    with pytest.raises(NotAllowed):
        log.services.vault.sunset.destroy_key(day, NOW)
    purged(log, NOW + 5 * MINUTE)
    assert len(log.services.vault.days()) == 3


def test_all_goes_on_schedule_and_the_proof_holds_without_the_service(log):
    decided(log, "end")
    with pytest.raises(ProofNotReady):
        ending.prove(log.services, now=NOW + 2 * MINUTE)
    then = at("20 15:00") + 27 * DAY
    purged(log, then)
    assert [f"{day:%d}" for day in log.services.vault.days()] == ["20"]
    with pytest.raises(ProofNotReady):
        ending.prove(log.services, now=then)
    last = then + DAY
    purged(log, last)
    file = ending.prove(log.services, now=last)
    assert ending.prove(log.services, now=last + DAY) == file
    key = read_public_pem(public_key_pem(log.services).encode())
    body = verify(file, key)
    assert (body["contacts"], body["scans"], len(body["days"])) == (3, 6, 3)
    receipts = [verify(receipt_file(log.services, kst_day(NOW) - n * DAY).content, key) for n in range(3)]
    texts = [canonical(one) for one in receipts]
    check_proof(body, receipts, texts)
    with pytest.raises(ProofWrong):
        check_proof(body, receipts, [texts[0], texts[0], texts[2]])
    for change in ({"rows": {"log.scans": 1}}, {"keys": {"day_keys": 1}}, {"days": body["days"][1:]}):
        with pytest.raises(ProofWrong):
            check_proof({**body, **change})
    forged = json.loads(file)
    forged["receipt"]["contacts"] = 0
    with pytest.raises(ReceiptForged):
        verify(json.dumps(forged).encode(), key)
    assert base64.b64decode(forged["signature"])
    with pytest.raises(NotDecreed):
        decided(log, "cancel", last)


def test_by_decree_everything_goes_at_once(log):
    prepare_drill(log.services, sites=1, contacts=1, actor=ADMIN, now=NOW, random=token_bytes)
    log.services.vault.case_files.close("case-1", NOW)
    assert purged(log, NOW).case_files == 0
    decided(log, "end")
    decided(log, "destroy_now", NOW + MINUTE)
    done = purged(log, NOW + 2 * MINUTE)
    assert (len(done.days) >= 3, done.case_files) == (True, 1)
    assert [one.state for one in all_drills(log.services)] == ["cleaned"]
    assert log.services.vault.days() == []
    body = verify(
        ending.prove(log.services, now=NOW + 3 * MINUTE),
        read_public_pem(public_key_pem(log.services).encode()),
    )
    assert body["early"] is True
    assert [one["what"] for one in body["decrees"]] == ["end", "destroy_now"]


@pytest.mark.parametrize("lost", ["log", "marker", "audit", "audit and log", "audit and marker"])
def test_no_place_that_is_put_back_undoes_the_end(log, lost, monkeypatch):
    decided(log, "end")
    kept = ending.status(log.services, NOW).ending
    if "log" in lost:
        log.services.store.write(sunset.drop)
    if "marker" in lost:
        (log.services.settings.key_dir / "sunset.json").unlink()
    if "audit" in lost:
        monkeypatch.setattr(log.services.vault.sunset, "decrees", list)
    purged(log, NOW + 2 * MINUTE)
    assert ending.align(log.services) == kept
    with pytest.raises(CollectionEnded):
        scan(log, NOW + 3 * MINUTE, NOW + 3 * MINUTE)


def test_it_survives_a_restart_and_a_kill_between_decision_and_log(log, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(_services):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ending, "align", dies)
        with pytest.raises(Killed):
            decided(log, "end")
    settings = log.services.settings
    log.services.close()
    again = open_services(settings, NOW)
    try:
        purge(again, Reading(wall=NOW + 2 * MINUTE, boot_id="two", boot_seconds=5.0))
        moved = replace(log, services=again)
        with pytest.raises(CollectionEnded):
            scan(moved, NOW + 3 * MINUTE, NOW + 3 * MINUTE)
    finally:
        again.close()


def test_visitors_rights_go_on(log):
    decided(log, "end")
    later = NOW + DAY
    assert log.services.vault.held([(kst_day(NOW), pid(3))])
    assert log.services.vault.forget(kst_day(NOW), pid(3))
    assert ending.status(log.services, later).left["vault.records"] == 2
