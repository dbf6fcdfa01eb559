"""A drill in the live log: found in the same way as everybody, and counted nowhere."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.drills import PID_MARK
from entry_service.core.errors import BadInput, NotAllowed
from entry_service.core.model import Device, Scan
from entry_service.core.times import kst_day
from entry_service.store.log import doubts, drills
from entry_service.store.sites import devices, facilities
from entry_service.usecases.cases import disclose
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.cases.search_phone import search_phone
from entry_service.usecases.cases.trace import trace
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.quarantine import append_watched, floods
from entry_service.usecases.drills.drill_clean import clean, clean_all, score
from entry_service.usecases.drills.drill_doors import code_at
from entry_service.usecases.drills.drills import (
    DrillNotReady,
    DrillRunning,
    find,
    go_unattended,
    prepare_drill,
    register_drill,
    steps,
)
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind
from tests.usecases.cases.test_disclose import APPROVER, OFFICER
from tests.usecases.drilling import NOW, begun, drawn, log, played, real_figures, rows_marked, second_factors
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, pid

__all__ = ["databases", "kind", "log"]


def test_everybody_is_found_and_nobody_else_and_no_count_moves(log):
    before = real_figures(log)
    drill = played(log)
    assert rows_marked(log) > 9
    assert real_figures(log) == before
    traced = trace(log.services, drill.case_id, now=NOW, actor=OFFICER)
    pids = {one.pid for place in traced.places for one in place.exposed}
    assert pids
    assert all(one.startswith(PID_MARK) for one in pids)
    go_unattended(log.services, drill.drill_id, now=NOW + timedelta(minutes=1))
    done = score(log.services, drill.drill_id, now=NOW + timedelta(minutes=2))
    assert (done.result["expected"], done.result["right"]) == (9, 9)
    assert (done.result["precision"], done.result["recall"]) == (1.0, 1.0)
    assert [step["name"] for step in done.result["steps"]][-1] == "opened"
    assert (done.result["minutes"], done.result["played"]) == (1.0, True)
    assert all(site["score"] == 100 for site in done.result["sites"] if site["facility_id"] != "PV-001")
    assert real_figures(log) == before


def test_a_drill_at_one_site_is_no_flood_and_holds_nobody_back(log):
    drill = played(log, named=[BANK], contacts=40)
    with log.services.store.read() as db:
        mine = [one.pid for _day, one in drills.passes_of(db, drill.drill_id)][:31]
    place = log.services.facility(BANK)

    def enter(number: int, one: bytes) -> None:
        form = {"scan_id": f"form-{number}", "facility_id": BANK, "direction": "in", "source": "poster"}
        moments = {"scanned_at": NOW, "received_at": NOW, "confidence": "low", "flags": ("unverified",)}
        append_watched(log.services, Scan(pid=one, **form, **moments), place)

    for number, one in enumerate([*mine, *(pid(100 + number) for number in range(5))]):
        enter(number, one)  # a drill whose phones nobody verified, and five visitors
    assert floods(log.services, BANK, NOW) == []
    assert log.services.occupancy.count(BANK, NOW) == 5
    for number in range(26):
        enter(100 + number, pid(200 + number))
    assert [one.held for one in floods(log.services, BANK, NOW)] == [31]  # a real flood, without the drill's
    go_unattended(log.services, drill.drill_id, now=NOW)
    assert score(log.services, drill.drill_id, now=NOW).result["recall"] == 1.0


def test_nobody_has_to_decide_about_a_drill(log):
    drill = begun(log, by_staff=True)
    with log.services.store.read() as db:
        day, one = next(row for row in drills.passes_of(db, drill.drill_id) if row[1].facility_id == LIBRARY)
    far = replace(log.services.facility(BANK), lat=37.45, opens=0, closes=24)
    log.services.store.write(lambda db: facilities.update_facility(db, far))
    for number, name in enumerate((LIBRARY, BANK, LIBRARY)):
        then = NOW + timedelta(minutes=2 * number)
        read = {"text": code_at(log.services, day, one, then), "direction": "in", "scanned_at": then}
        device = Device(device_id="D-1", facility_id=name, name="정문")
        answer = check_in_pass(log.services, device, **read, scan_id=f"there-{number}", gate="", now=then)
    assert "two_places" in answer.flags
    with log.services.store.read() as db:
        assert doubts.count_waiting(db) == 0


def test_staff_read_the_passes_in_and_out_by_one_button(log):
    drill = begun(log, by_staff=True)
    with log.services.store.read() as db:
        passes = drills.passes_of(db, drill.drill_id)
    for number, (day, one) in enumerate(passes):
        device = Device(device_id="D-1", facility_id=one.facility_id, name="정문")
        for minute in (-40, -5):
            then = NOW + timedelta(minutes=minute)
            read = {"text": code_at(log.services, day, one, then), "direction": "auto", "scanned_at": then}
            answer = check_in_pass(log.services, device, **read, scan_id=f"s-{number}{minute}", gate="", now=NOW)
            assert answer.direction == ("in" if minute == -40 else "out")
    drill = register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW)
    go_unattended(log.services, drill.drill_id, now=NOW)
    done = score(log.services, drill.drill_id, now=NOW)
    assert done.result["recall"] == 1.0
    assert {site["missing_outs"] for site in done.result["sites"]} == {0}
    assert min(site["latest_minutes"] for site in done.result["sites"]) == 40.0
    assert done.result["precision"] is None  # nobody was there who must not be found


def test_preparing_a_drill_of_staff_is_no_time_to_the_list(log):
    drill = begun(log, by_staff=True)
    with log.services.store.read() as db:
        passes = drills.passes_of(db, drill.drill_id)
    for number, (day, one) in enumerate(passes):
        device = Device(device_id="D-1", facility_id=one.facility_id, name="정문")
        then = NOW + timedelta(minutes=120 + number)
        read = {"text": code_at(log.services, day, one, then), "direction": "in", "scanned_at": then}
        check_in_pass(log.services, device, **read, scan_id=f"in-scan-{number}", gate="", now=then)
    later = NOW + timedelta(minutes=150)
    register_drill(log.services, drill.drill_id, actor=OFFICER, now=later)
    go_unattended(log.services, drill.drill_id, now=later + timedelta(minutes=5))
    result = score(log.services, drill.drill_id, now=later).result
    assert result["minutes"] == 35.0
    took = {step["name"]: step["minutes"] for step in result["steps"]}
    last = len(passes) - 1
    assert (took["prepared"], took["entered"], took["registered"]) == (120.0, last, 30.0 - last)


def test_the_list_is_read_in_nobodys_name(log):
    drill = played(log)
    go_unattended(log.services, drill.drill_id, now=NOW)
    score(log.services, drill.drill_id, now=NOW)
    told = log.services.vault.audit.entries(
        NOW - timedelta(days=1), NOW + timedelta(days=1), action="contacts_read"
    )
    assert {(one.account_id, one.purpose) for one in told} == {("drill-asker", "drill")}


def test_two_people_approve_it_in_the_pages_and_the_minutes_are_theirs(log):
    code = second_factors(log.services.vault, (OFFICER, APPROVER), NOW)
    drill = played(log)
    traced = trace(log.services, drill.case_id, now=NOW, actor=OFFICER)
    asked = disclose.ask(
        log.services,
        drill.case_id,
        places=[disclose.place_key(place) for place in traced.places],
        least=0.0,
        purpose="contact_tracing",
        code=code(OFFICER, NOW + timedelta(minutes=5)),
        actor=OFFICER,
        now=NOW + timedelta(minutes=5),
    )
    with pytest.raises(DrillNotReady):
        score(log.services, drill.drill_id, now=NOW)
    then = NOW + timedelta(minutes=17)
    disclose.decide(
        log.services,
        asked.request_hash,
        approve=True,
        code=code(APPROVER, then),
        remark="",
        actor=APPROVER,
        now=then,
    )
    opened = {"actor": OFFICER, "now": NOW + timedelta(minutes=18)}
    disclose.open_approved(log.services, drill.case_id, asked.request_hash, **opened)
    minutes = {step.name: step.minutes for step in steps(log.services, find(log.services, drill.drill_id))}
    assert (minutes["approved"], minutes["opened"]) == (12.0, 1.0)
    assert score(log.services, drill.drill_id, now=then).result["recall"] == 1.0


def test_the_accounts_of_a_drill_reach_nobody_real(log):
    """Neither by a real case, nor by a drill's whose rows were turned to real passes."""
    drill = played(log)
    asker, approver = (
        Actor(account_id="drill-asker", role="officer"),
        Actor(account_id="drill-approver", role="approver"),
    )
    real = register_case(
        log.services,
        number="군포-1",
        onset=date(2020, 8, 20),
        specimen_date=None,
        places=[],
        passes=[pid(1)],
        now=NOW,
    ).case
    places = [disclose.place_key(one) for one in trace(log.services, real.case_id, now=NOW).places]
    facts = {"least": 0.0, "purpose": "contact_tracing", "code": "", "actor": asker, "now": NOW}
    with pytest.raises(NotAllowed):
        disclose.ask(log.services, real.case_id, places=places, **facts)
    found = trace(log.services, drill.case_id, now=NOW, actor=asker).places
    keys = [disclose.place_key(one) for one in found]
    chosen, _ = disclose._choice(log.services, drill.case_id, keys, 0.0, asker, NOW)
    assert chosen.people
    asked = log.services.vault.disclosures.ask(
        disclose.Asked(case_id=drill.case_id, purpose="contact_tracing", places=_asked(found)),
        [disclose.AskedPass(day=kst_day(NOW), pid=pid(2), evidence="{}")],
        asker,
        "",
        NOW,
    )
    vault = log.services.vault
    vault.disclosures.decide(asked.request_hash, True, approver, "", "", NOW)
    with pytest.raises(NotAllowed):
        vault.disclosures.open(asked.request_hash, asker, NOW)
    assert vault.case_files.contacts(drill.case_id, asker, NOW) == []


def _asked(found):
    return tuple(
        disclose.AskedPlace(
            facility_id=one.facility.facility_id, start=one.index_visit.start, end=one.index_visit.end
        )
        for one in found
    )


def test_no_phone_is_searched_for_a_drill_and_no_real_case_finds_its_passes(log):
    drill = played(log)
    with pytest.raises(NotAllowed):
        search_phone(log.services, drill.case_id, "010-0000-0001", actor=OFFICER, now=NOW)
    with log.services.store.read() as db:
        index = next(one.pid for _day, one in drills.passes_of(db, drill.drill_id) if one.role == "index")
    facts = {"onset": date(2020, 8, 20), "specimen_date": None, "places": [], "now": NOW}
    known = register_case(log.services, number="군포-2", passes=[index], **facts)
    assert (known.visits, known.passes_without_visit) == ((), 1)
    real = register_case(log.services, number="군포-3", passes=[pid(1)], **facts).case
    traced = trace(log.services, real.case_id, now=NOW)
    assert {one.pid for place in traced.places for one in place.exposed} == {pid(2)}


@pytest.mark.parametrize(("sites", "contacts", "field"), [(0, 5, "sites"), (3, 9, "sites"), (2, 1, "contacts")])
def test_what_cannot_be_tried_is_refused_by_its_field(log, sites, contacts, field):
    with pytest.raises(BadInput) as refused:
        prepare_drill(log.services, sites=sites, contacts=contacts, actor=OFFICER, now=NOW, random=drawn())
    assert refused.value.facts["field"] == field


def test_sites_are_named_or_drawn_and_never_sensitive_or_without_a_device_for_staff(log):
    """Somebody who names one that cannot is told why; a device that was revoked reads nothing."""
    named = begun(log, named=[BANK])
    assert named.plan["sites"] == [BANK]
    clean(log.services, named.drill_id, now=NOW)
    assert KARAOKE not in begun(log).plan["sites"]
    clean_all(log.services, now=NOW)
    log.services.store.write(lambda db: devices.revoke(db, "D-3", NOW))
    for site, words in ((KARAOKE, "민감 시설"), (BANK, "기기가 없어"), ("없는 곳", "등록되지 않은")):
        with pytest.raises(BadInput) as refused:
            begun(log, by_staff=True, named=[site])
        assert (refused.value.facts["field"], words in str(refused.value.sentence)) == ("named", True)
    with pytest.raises(BadInput):
        begun(log, by_staff=True)  # two sites are wished for, one has a device
    assert begun(log, by_staff=True, named=[LIBRARY]).plan["sites"] == [LIBRARY]


def test_what_was_refused_is_in_no_audit_and_what_the_audit_did_not_take_is_no_drill(log, monkeypatch):
    begun(log)
    with pytest.raises(DrillRunning):
        begun(log)
    audit = log.services.vault.audit
    told = {"action": "drill_started", "limit": 10}
    assert len(audit.entries(NOW - timedelta(days=1), NOW + timedelta(days=1), **told)) == 1
    clean_all(log.services, now=NOW)

    def away(*given, **named):
        raise AuditUnavailable

    monkeypatch.setattr(audit, "append", away)
    with pytest.raises(AuditUnavailable):
        begun(log)
    monkeypatch.undo()
    assert begun(log).state == "ready"
