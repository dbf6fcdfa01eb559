"""The officer's map is kept fresh: a run is asked for where something is new, never twice, never for nothing."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, update

from entry_service.core.closings import Closing
from entry_service.core.flood import Spell
from entry_service.store.cases import cases
from entry_service.store.log import closings, news, quarantines, voids
from entry_service.store.schema.doubt_tables import doubt_decisions
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.hotspots.run_analytics import Period, kept_hours
from tests.usecases.refreshing import LATER, MADE, databases, due, extracted, kind, late, log
from tests.usecases.small_log import KARAOKE, LIBRARY, at, pid

__all__ = ["databases", "kind", "log"]
DECISION = {"scan_id": "scan-1", "scanned_at": at("18 10:00"), "decision": "void", "why": "", "entry": ""}
DECISION |= {"decided_by": "a-1"}


def test_an_extract_holds_the_hours_of_today_that_are_over(log):
    assert kept_hours(MADE, 28) == Period(start=at("20 00:00") - timedelta(days=27), end=at("20 14:00"))
    assert kept_hours(at("20 00:10"), 28).end == at("20 00:00")
    said = json.loads(
        (log.services.settings.var / "extract" / "20200820T140300-0000" / "datapackage.json").read_text()
    )
    assert said["end"] == "2020-08-20T14:00:00+09:00"
    [today] = [one for one in said["resources"] if one["path"].endswith("2020-08-20.csv.gz")]
    assert (today["rows"], today["entries"]) == (3 * 14, 1)  # three facilities, fourteen hours; 14:01 is not over


def test_nothing_new_is_no_reason_nor_is_the_hour_that_is_not_over(log):
    assert not due(log)
    log.scan(31, LIBRARY, "20 14:10", "in")
    assert not due(log)


def test_an_hour_that_is_over_is_new(log):
    assert due(log, at("20 15:00"))


def test_a_young_extract_is_left_alone(log):
    log.scan(40, LIBRARY, "20 12:00", "in", received_at=at("20 14:04"))
    assert not due(log, at("20 14:07"))
    assert due(log, at("20 14:08") - timedelta(seconds=20))  # a timer is not exact


def test_without_an_extract_one_is_due(log):
    folder = log.services.settings.var / "extract"
    folder.rename(folder.with_name("elsewhere"))
    assert due(log)


def case(log):
    register_case(
        log.services,
        number="1",
        onset=at("18 00:00").date(),
        specimen_date=None,
        places=[],
        passes=[pid(18)],
        now=at("20 14:10"),
    )


def undone(log):
    made = {"voided_at": at("20 14:10"), "voided_by": "d-1", "reason": "mistake"}
    log.services.store.write(lambda db: voids.add(db, "scan-1", **made))


def all_out(log):
    facts = {"facility_id": KARAOKE, "zone": "", "closed_by": "d-1", "received_at": at("20 14:10")}
    closing = Closing(closing_id="c-1", closed_at=at("20 13:30"), **facts)
    log.services.store.write(lambda db: closings.add(db, closing))


def held_back(log):
    spell = Spell(at("20 14:05"), at("20 14:06"), "")
    log.services.store.write(lambda db: quarantines.begin(db, KARAOKE, spell))


def decided(log):
    log.services.store.write(
        lambda db: db.execute(insert(doubt_decisions).values(**DECISION, decided_at=at("20 14:10")))
    )


@pytest.mark.parametrize("happened", [late, case, undone, all_out, held_back, decided])
def test_whatever_the_hours_that_are_over_did_not_know_is_new(log, happened):
    happened(log)
    assert due(log)


def test_what_is_taken_back_is_new(log):
    case(log)
    decided(log)
    extracted(log, now=LATER, name="20200820T142000-0000")
    now = at("20 14:40")
    assert not due(log, now)
    with log.services.store.read() as db:
        [visit] = cases.visits_known_by(db, now)
    drop = {"case_id": visit.case_id, "facility_id": visit.facility_id, "start": visit.start}
    log.services.store.write(lambda db: cases.drop_visits(db, *drop.values()))
    assert due(log, now)
    log.services.store.write(lambda db: cases.add_index_visits(db, [visit], "place"))
    assert not due(log, now)
    again = update(doubt_decisions).values(ended_at=at("20 14:30"))
    log.services.store.write(lambda db: db.execute(again))
    assert due(log, now)


def test_a_scan_that_came_while_the_extract_began_is_new(log):
    """What was received after the extract's moment, but before it was written, is not in it."""
    log.scan(40, LIBRARY, "18 12:00", "in", received_at=at("20 14:21"))
    extracted(log, now=LATER, name="20200820T142000-0000")
    assert due(log, at("20 14:40"))


def test_the_log_is_not_read_for_what_came(log):
    with log.services.store.read() as db:
        plans = []

        def explain(connection, cursor, statement, parameters, context, many):
            if statement.startswith("SELECT") and "FROM scans" in statement:
                plans.extend(cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

        if db.dialect.name != "sqlite":
            pytest.skip("the plan of SQLite")
        event.listen(db, "before_cursor_execute", explain)
        news.came_since(db, MADE, MADE, 1)
    assert ["USING INTEGER PRIMARY KEY (rowid>?)" in plan[-1] for plan in plans] == [True]


def test_an_extract_of_the_future_is_none(log):
    extracted(log, now=at("20 18:00"), name="20200820T180000-0000")
    late(log)
    assert due(log)


def test_an_upgrade_is_new_once_though_the_service_runs_on(log, monkeypatch):
    monkeypatch.setattr("entry_service.usecases.hotspots.refresh_results.version_on_disk", lambda: "2")
    assert due(log)
    monkeypatch.setattr("entry_service.usecases.hotspots.extract.code_version", lambda: "2")  # of its new process
    extracted(log, now=LATER, name="20200820T142000-0000")
    assert not due(log, at("20 14:40"))
