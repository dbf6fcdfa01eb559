"""The end of a drill: nothing of it is left but its counts, whenever it is killed and whatever comes late."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entry_service.core.doubt_rules import Doubt
from entry_service.core.drills import FLAG, drill_contact
from entry_service.core.errors import NotFound
from entry_service.core.model import Device
from entry_service.core.retention import Reading
from entry_service.core.times import kst_day
from entry_service.store.cases import cases
from entry_service.store.log import doubts, drills, figures
from entry_service.store.schema import doubt_tables, drill_tables, tables
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.drills.drill_clean import SWEPT, clean, clean_all, score
from entry_service.usecases.drills.drill_doors import code_at
from entry_service.usecases.drills.drills import (
    DrillNotReady,
    DrillRunning,
    find,
    go_unattended,
    play_doors,
    register_drill,
)
from entry_service.usecases.retention.purge import purge
from tests.databases import databases, kind
from tests.usecases.cases.test_disclose import OFFICER
from tests.usecases.drilling import NOW, begun, drawn, log, played, real_figures, rows_marked
from tests.usecases.small_log import BANK, PLACES, pid

__all__ = ["databases", "kind", "log"]


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
    assert [one.rows for one in told if one.action == "case_file_destroyed"] == [kept["listed"]]
    assert {one.purpose for one in told if one.action.startswith("disclosure")} == {"drill"}
    assert log.services.vault.audit.verify().ok


def test_a_doubt_about_a_drill_waits_for_nobody_and_goes_with_its_row(log):
    drill = played(log)
    with log.services.store.read() as db:
        row = drills.rows_of(db, drill.drill_id)[0]

    def doubt_and_decide(db) -> None:  # as a log of an earlier version holds them
        about = {"scan_id": row.scan_id, "scanned_at": row.scanned_at}
        doubts.note(db, facility_id=row.facility_id, why=[Doubt("outside_hours")], found_at=NOW, **about)
        said = [(row.scan_id, row.scanned_at)], "counts", "staff_saw"
        doubts.decide(db, *said, decided_by="A", now=NOW, entries={}, up_to=0)

    log.services.store.write(doubt_and_decide)
    clean(log.services, drill.drill_id, now=NOW)
    with log.services.store.read() as db:
        for table in (doubt_tables.doubts, doubt_tables.doubt_decisions):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == 0
    assert {"doubts", "doubt_decisions"} <= set(SWEPT)


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


def test_a_drill_that_nobody_ended_is_ended_by_the_daily_look_and_only_one_runs(log):
    drill = played(log)
    with pytest.raises(DrillRunning):
        begun(log)
    then = NOW + timedelta(hours=25)
    purge(log.services, Reading(wall=then, boot_id="one", boot_seconds=1e6))
    assert find(log.services, drill.drill_id).state == "cleaned"
    assert rows_marked(log) == 0
    assert begun(log).state == "ready"


def test_rows_of_visitors_and_of_drills_are_counted_apart_and_neither_count_falls_when_a_drill_goes(log):
    def told():
        with log.services.store.read() as db:
            one = figures.appended(db)
        return one.visitors, one.drills

    before, _ = told()
    drill = played(log)
    marked = rows_marked(log)
    assert marked > 0
    assert told() == (before, marked)
    clean(log.services, drill.drill_id, now=NOW)  # its rows were the newest of the log
    assert told() == (before, marked)
    log.stay(3, BANK, "20 15:10", "20 15:20")
    assert told() == (before + 2, marked)
    again = played(log)
    log.stay(4, BANK, "20 15:30", "20 15:40")
    assert told() == (before + 4, both := marked + rows_marked(log))
    clean(log.services, again.drill_id, now=NOW)
    assert told() == (before + 4, both)


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


def test_a_kill_after_the_case_is_registered_leaves_a_drill_that_names_it(log, monkeypatch):
    """And a case that no drill names, such as one out of a backup, is removed by the daily look."""
    drill = begun(log)
    play_doors(log.services, drill.drill_id, now=NOW, random=drawn())

    class Killed(BaseException):
        pass

    def killed(*given, **named):
        raise Killed

    monkeypatch.setattr("entry_service.usecases.drills.drills.trace", killed)
    with pytest.raises(Killed):
        register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW)
    monkeypatch.undo()
    known = find(log.services, drill.drill_id)
    assert known.state == "running"
    with log.services.store.read() as db:
        assert cases.find_case(db, known.case_id).case_id == known.case_id
    log.services.store.write(lambda db: drills.change(db, drill.drill_id, case_id="", state="cleaned"))
    clean_all(log.services, now=NOW)
    with log.services.store.read() as db, pytest.raises(NotFound):
        cases.find_case(db, known.case_id)


def test_two_officers_register_one_case(log, monkeypatch):
    """The second comes in while the first is being told to the audit."""
    drill = begun(log)
    play_doors(log.services, drill.drill_id, now=NOW, random=drawn())
    audit = log.services.vault.audit
    append, rows = audit.append, []

    def overtaken(action, *given, **named):
        if action == "case_registered" and not rows:
            rows.append(action)
            register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW + timedelta(seconds=1))
        return append(action, *given, **named)

    monkeypatch.setattr(audit, "append", overtaken)
    with pytest.raises(DrillNotReady):
        register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW)
    with log.services.store.read() as db:
        made = db.execute(select(tables.cases.c.case_id)).scalars().all()
    assert made == [find(log.services, drill.drill_id).case_id]


def test_the_database_lets_only_marked_rows_go_before_their_day(log):
    played(log)
    with pytest.raises(Exception, match="append-only"):
        log.services.store.write(lambda db: db.execute(tables.scans.delete().where(tables.scans.c.pid == pid(1))))
    assert drill_contact(12).phone == "+821001190012"
    assert BANK in {one.facility_id for one in PLACES}
