"""A drill in the live log: found in the same way as everybody, counted nowhere, and nothing of it is left."""

import itertools
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from entry_service.core.actors import Actor
from entry_service.core.drills import FLAG, PID_MARK, drill_contact
from entry_service.core.errors import BadInput, NotAllowed
from entry_service.core.model import Device
from entry_service.core.posters import poster_id
from entry_service.core.retention import Reading
from entry_service.core.times import day_start, kst_day
from entry_service.store import adoption, cases, drill_tables, drills, occupancy, posters, scans, tables
from entry_service.store.day_report import case_counts, door_counts, visit_counts
from entry_service.usecases import disclose
from entry_service.usecases.check_in import check_in_pass
from entry_service.usecases.drill_clean import clean, clean_all, score
from entry_service.usecases.drill_doors import code_at
from entry_service.usecases.drills import (
    DrillNotReady,
    DrillRunning,
    find,
    go_unattended,
    play_doors,
    prepare_drill,
    register_drill,
    steps,
)
from entry_service.usecases.purge import purge
from entry_service.usecases.register_case import register_case
from entry_service.usecases.search_phone import search_phone
from entry_service.usecases.trace import trace
from tests import second_factor
from tests.databases import databases, kind
from tests.usecases.small_log import BANK, LIBRARY, PLACES, at, pid, small_log
from tests.usecases.test_disclose import APPROVER, OFFICER

__all__ = ["databases", "kind"]
NOW = at("20 15:00")
NUMBERS = itertools.count(1)


def drawn():
    """Return random bytes that differ with each call and are the same in each run."""
    return lambda size: next(NUMBERS).to_bytes(8, "big")[-size:].rjust(size, b"\x05")


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        hang_posters(opened)
        opened.stay(1, LIBRARY, "20 14:20", "20 14:50")
        opened.stay(2, LIBRARY, "20 14:30", "20 14:55")
        for who in (1, 2):
            opened.contact(who, "20", f"+82100000000{who}")
        yield opened


def hang_posters(log) -> None:
    """Hang a poster with an address of its own at every place."""

    def hang(db) -> None:
        for number, one in enumerate(PLACES):
            hung = {"facility_id": one.facility_id, "epoch": 2, "valid_from": at("10 00:00"), "retired_at": None}
            posters.add(db, posters.Poster(poster_id=poster_id(bytes([number] * 10), 2), **hung))

    log.services.store.write(hang)


def begun(log, contacts: int = 9, **facts):
    return prepare_drill(log.services, sites=3, contacts=contacts, actor=OFFICER, now=NOW, random=drawn(), **facts)


def played(log, **facts):
    drill = begun(log, **facts)
    play_doors(log.services, drill.drill_id, now=NOW, random=drawn())
    return register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW + timedelta(seconds=1))


def real_figures(log) -> dict[str, object]:
    """Return what a drill must not change: every count of the log."""
    start, end = day_start(date(2020, 8, 20)), day_start(date(2020, 8, 21))
    with log.services.store.read() as db:
        return {
            "doors": door_counts(db, start, end),
            "cases": case_counts(db, start, end),
            "visits": visit_counts(db, start, end),
            "register": cases.all_cases(db),
            "known": cases.visits_known_by(db, end),
            "newest": cases.newest_visit(db),
            "between": scans.scans_between(db, None, start, end, refused=True, uncounted=True),
            "hours": scans.logged_by_hour(db, start, end, end),
            "stream": list(scans.stream(db, start, end, end)),
            "inside": [occupancy.occupancy(db, one.facility_id, start) for one in PLACES],
            "memory": [log.services.occupancy.count(one.facility_id, start) for one in PLACES],
            "newest entry": adoption.last_entry(db, None, before=end),
            "public": log.services.vault.audit.monthly(),
        }


def rows_marked(log) -> int:
    with log.services.store.read() as db:
        return db.execute(select(func.count()).where(tables.scans.c.flags.like(f"%{FLAG}%"))).scalar_one()


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
    assert all(site["score"] == 100 for site in done.result["sites"] if site["facility_id"] != "PV-001")
    assert real_figures(log) == before


def test_nothing_is_left_but_the_counts(log):
    drill = played(log)
    go_unattended(log.services, drill.drill_id, now=NOW)
    score(log.services, drill.drill_id, now=NOW)
    kept = find(log.services, drill.drill_id).result
    done = clean(log.services, drill.drill_id, now=NOW)
    assert (done.state, done.result) == ("cleaned", kept)
    assert rows_marked(log) == 0
    day = kst_day(NOW)
    with log.services.store.read() as db:
        passes = [(day, one.pid) for _day, one in drills.passes_of(db, drill.drill_id)]
        assert {(one.seed, one.token) for _day, one in drills.passes_of(db, drill.drill_id)} == {(b"", "")}
        for table in (tables.cases, tables.index_visits):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == 0
    assert log.services.vault.held(passes) == []
    assert log.services.vault.disclosures.of_case(drill.case_id) == []
    assert log.services.vault.count_day(day).contacts == 2
    told = log.services.vault.audit.entries(NOW - timedelta(days=1), NOW + timedelta(days=1), limit=50)
    assert {"drill_started", "drill_ended"} <= {one.action for one in told}
    assert {one.purpose for one in told if one.action.startswith("disclosure")} == {"drill"}
    assert log.services.vault.audit.verify().ok


def test_a_pass_that_is_read_after_the_end_is_marked_and_goes_too(log):
    drill = begun(log, by_staff=True)
    with log.services.store.read() as db:
        day, one = next(row for row in drills.passes_of(db, drill.drill_id) if row[1].role == "contact")
    text = code_at(log.services, day, one, NOW)
    clean(log.services, drill.drill_id, now=NOW)
    before = real_figures(log)
    device = Device(device_id="D-1", facility_id=one.facility_id, name="정문")
    late = {"scan_id": "late-scan-1", "text": text, "direction": "in", "scanned_at": NOW, "gate": ""}
    answer = check_in_pass(log.services, device, **late, now=NOW + timedelta(hours=2))
    assert FLAG in answer.flags
    assert real_figures(log) == before
    assert clean_all(log.services, now=NOW + timedelta(hours=3)) == 1
    assert rows_marked(log) == 0


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


def test_two_people_approve_it_in_the_pages_and_the_minutes_are_theirs(log):
    for actor in (OFFICER, APPROVER):
        second_factor.enrol(log.services.vault, actor.account_id, NOW)
    drill = played(log)
    traced = trace(log.services, drill.case_id, now=NOW, actor=OFFICER)
    asked = disclose.ask(
        log.services,
        drill.case_id,
        places=[disclose.place_key(place) for place in traced.places],
        least=0.0,
        purpose="contact_tracing",
        code=second_factor.fresh_code(log.services.vault, OFFICER.account_id, NOW + timedelta(minutes=5)),
        actor=OFFICER,
        now=NOW + timedelta(minutes=5),
    )
    with pytest.raises(DrillNotReady):
        score(log.services, drill.drill_id, now=NOW)
    then = NOW + timedelta(minutes=17)
    code = second_factor.fresh_code(log.services.vault, APPROVER.account_id, then)
    disclose.decide(log.services, asked.request_hash, approve=True, code=code, remark="", actor=APPROVER, now=then)
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


def test_a_drill_that_nobody_ended_is_ended_by_the_daily_look_and_only_one_runs(log):
    drill = played(log)
    with pytest.raises(DrillRunning):
        begun(log)
    then = NOW + timedelta(hours=25)
    purge(log.services, Reading(wall=then, boot_id="one", boot_seconds=1e6))
    assert find(log.services, drill.drill_id).state == "cleaned"
    assert rows_marked(log) == 0
    assert begun(log).state == "ready"


@pytest.mark.parametrize("step", range(6))
def test_killed_in_the_middle_the_next_call_removes_the_rest(log, step, monkeypatch):
    drill = played(log)
    go_unattended(log.services, drill.drill_id, now=NOW)
    vault, write = log.services.vault, log.services.store.write
    calls = itertools.count()

    class Killed(BaseException):
        pass

    def dies(real):
        def call(*given, **named):
            if next(calls) == step * 2:
                raise Killed
            return real(*given, **named)

        return call

    monkeypatch.setattr(vault, "forget", dies(vault.forget))
    monkeypatch.setattr(log.services.store, "write", dies(write))
    with pytest.raises(Killed):
        clean(log.services, drill.drill_id, now=NOW)
    monkeypatch.undo()
    assert clean_all(log.services, now=NOW) == 1
    assert rows_marked(log) == 0
    with log.services.store.read() as db:
        assert db.execute(select(drill_tables.drills.c.state)).scalars().all() == ["cleaned"]


@pytest.mark.parametrize(("sites", "contacts", "field"), [(0, 5, "sites"), (4, 9, "sites"), (3, 2, "contacts")])
def test_what_cannot_be_tried_is_refused_by_its_field(log, sites, contacts, field):
    with pytest.raises(BadInput) as refused:
        prepare_drill(log.services, sites=sites, contacts=contacts, actor=OFFICER, now=NOW, random=drawn())
    assert refused.value.facts["field"] == field


def test_the_database_lets_only_marked_rows_go_before_their_day(log):
    played(log)
    with pytest.raises(Exception, match="append-only"):
        log.services.store.write(lambda db: db.execute(tables.scans.delete().where(tables.scans.c.pid == pid(1))))
    assert drill_contact(12).phone == "+821001190012"
    assert BANK in {one.facility_id for one in PLACES}
