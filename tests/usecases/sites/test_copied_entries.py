"""The entries by a copied poster: doubted in parts, none missed, and nothing settled that nobody saw."""

from threading import Event, Thread

import pytest

from entry_service.core.model import Scan
from entry_service.store.log import copied_entries, doubt_evidence, doubts, scans
from entry_service.store.log.doubts import Wanted
from entry_service.store.sites import poster_reports, posters
from entry_service.usecases.sites import settle_report
from entry_service.usecases.sites.report_poster import open_reports, results
from entry_service.usecases.sites.settle_report import SettledMeanwhile
from entry_service.usecases.sites.watch import listed
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, NOON, POSTER, open_door
from ..reporting import held, many, report, settle
from ..watching import NOW, by_poster, said, waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def test_many_entries_are_doubted_in_parts_and_what_broke_off_goes_on(door, monkeypatch):
    monkeypatch.setattr(settle_report, "PART", 20)
    many(door, 95)
    report(door)
    whole, parts = copied_entries.hold, []

    def hold(db, place, window, now, most):
        if len(parts) == 2:
            raise KeyboardInterrupt
        parts.append(whole(db, place, window, now, most))
        return parts[-1]

    with monkeypatch.context() as broken:
        broken.setattr(copied_entries, "hold", hold)
        with pytest.raises(KeyboardInterrupt):
            settle(door, "found")
    assert 20 <= len(held(door)) <= 54  # two parts, each to the end of its second
    assert len(open_reports(door.services, LIBRARY)) == 1
    assert settle(door, "found").entries == 95 - sum(done for done, _rest in parts)
    assert len(held(door)) == 95
    assert settle(door, "not_found").entries == 95
    assert (held(door), settle(door, "found").entries) == ([], 95)


def test_what_broke_off_is_taken_back_although_the_report_said_so_before(door, monkeypatch):
    many(door, 9)
    report(door)
    settle(door, "not_found")

    def fails(*_reports):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(poster_reports, "settle", fails)
        with pytest.raises(KeyboardInterrupt):
            settle(door, "found")
    assert len(held(door)) == 9
    assert (len(open_reports(door.services, LIBRARY)), results(door.services, LIBRARY)) == (1, [])
    assert (settle(door, "not_found").entries, held(door)) == (9, [])


def test_more_entries_of_one_moment_than_a_part_holds_come_to_an_end(door, monkeypatch):
    monkeypatch.setattr(settle_report, "PART", 3)
    many(door, 21)
    report(door)
    assert settle(door, "found").entries == 21


def test_what_somebody_says_meanwhile_holds(door, monkeypatch):
    monkeypatch.setattr(settle_report, "PART", 20)
    many(door, 95)
    report(door)
    whole = copied_entries.hold

    def hold(db, place, window, now, most):
        done = whole(db, place, window, now, most)
        if window[0] < NOON:  # after the first part
            posters.set_copied(db, POSTER, None, None)
        return done

    monkeypatch.setattr(copied_entries, "hold", hold)
    with pytest.raises(SettledMeanwhile):
        settle(door, "found")
    assert 0 < len(held(door)) < 50
    assert (len(open_reports(door.services, LIBRARY)), results(door.services, LIBRARY)) == (1, [])


@pytest.mark.parametrize("parts", ["before", "after"])
@pytest.mark.parametrize("result", ["found", "not_found"])
def test_a_report_says_what_the_last_said_who_settled_it(door, monkeypatch, result, parts):
    """Somebody says otherwise before the first part of what another began, or when only the report is left."""
    many(door, 9)
    report(door)
    other = "not_found" if result == "found" else "found"
    settle(door, other)
    whole = settle_report._doubt

    def interrupted(services, one, window, said, now):
        if said == other:
            return whole(services, one, window, said, now)
        if parts == "before":
            settle(door, other)
        done = whole(services, one, window, said, now)
        settle(door, other)
        return done

    monkeypatch.setattr(settle_report, "_doubt", interrupted)
    with pytest.raises(SettledMeanwhile):
        settle(door, result)
    [kept] = results(door.services, LIBRARY)
    assert (kept.result, open_reports(door.services, LIBRARY)) == (other, [])
    assert len(held(door)) == (9 if other == "found" else 0)


@pytest.mark.parametrize(("before", "result"), [("found", "not_found"), ("not_found", "found")])
def test_a_report_that_was_settled_is_open_again_where_saying_otherwise_broke_off(
    door, monkeypatch, before, result
):
    many(door, 9)
    report(door)
    settle(door, before)

    def fails(*_part):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(settle_report, "_doubt", fails)
        with pytest.raises(KeyboardInterrupt):
            settle(door, result)
    assert (len(open_reports(door.services, LIBRARY)), results(door.services, LIBRARY)) == (1, [])
    assert len(held(door)) == (9 if before == "found" else 0)
    assert settle(door, result).entries == 9
    assert [one.result for one in results(door.services, LIBRARY)] == [result]


def test_an_entry_that_is_being_written_is_not_missed(door):
    """It was judged before the copy was known, and is durable afterwards: the settling waits for it."""
    report(door)
    judged, go_on = Event(), Event()
    entry = Scan(
        scan_id="slow",
        facility_id=LIBRARY,
        pid=b"slow-one",
        direction="in",
        source="poster",
        confidence="low",
        scanned_at=NOON,
        received_at=NOON,
    )

    def write(db):
        known = doubt_evidence.is_copied(db, POSTER)
        scans.append_scan(db, entry)
        judged.set()
        go_on.wait(9)
        return known

    slow = Thread(target=lambda: door.services.store.write(write))
    slow.start()
    assert judged.wait(9)
    settling = Thread(target=lambda: settle(door, "found"))
    settling.start()
    settling.join(0.5)
    go_on.set()
    slow.join(9)
    settling.join(9)
    assert held(door) == ["slow"]


def test_a_doubt_that_comes_to_light_late_is_not_settled_with_the_list_that_was_shown(door):
    """PostgreSQL gives numbers before a row is durable: a lower number may come to light after a higher one."""
    by_poster(door, 1, NOON)
    by_poster(door, 2, NOON)
    noted, go_on = Event(), Event()

    def slowly(db):
        doubts.note(db, "form-1", LIBRARY, NOON, [doubts.Doubt("burst")], NOW)
        noted.set()
        go_on.wait(9)

    def quickly(db):
        doubts.note(db, "form-1", LIBRARY, NOON, [doubts.Doubt("outside_hours")], NOW)
        doubts.note(db, "form-2", LIBRARY, NOON, [doubts.Doubt("outside_hours")], NOW)

    slow, quick = (Thread(target=door.services.store.write, args=(one,)) for one in (slowly, quickly))
    slow.start()
    assert noted.wait(9)
    quick.start()
    quick.join(0.5)
    shown = listed(door.services, Wanted(), limit=9)
    go_on.set()
    slow.join(9)
    quick.join(9)
    said(door, "counts", "site_confirmed", [one.scan_id for one in shown.readings] or None, up_to=shown.up_to)
    assert "burst" in dict(waiting(door))["form-1"]
