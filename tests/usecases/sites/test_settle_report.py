"""What comes of a report: one press holds nothing back, a copy that was found holds every entry by the poster."""

import hashlib
from datetime import UTC

import pytest

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.posters import poster_id
from entry_service.core.times import kst_day
from entry_service.store.log import doubts
from entry_service.store.log.doubts import Wanted
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.cases.trace import trace
from entry_service.usecases.sites.report_poster import open_reports, results
from entry_service.usecases.sites.roll_out import issue_poster
from entry_service.usecases.sites.watch import listed
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, POSTER, SECOND, open_door
from ..reporting import held, many, report, settle
from ..watching import NOW, OFFICER, by_poster, said, waiting

UNKNOWN = poster_id(bytes(10), 1)
WHY = ("reported_poster",)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def exposed(door):
    """Return how many people somebody at the library at noon exposed, and how many wait for a decision."""
    told = PlaceTold(facility_id=LIBRARY, start=NOON - HOUR, end=NOON + HOUR)
    number, day = f"군포-{next(door.numbers)}", kst_day(NOON)
    facts = {"onset": None, "specimen_date": day, "places": [told], "passes": [], "now": NOW}
    case = register_case(door.services, number=number, **facts).case
    [place] = trace(door.services, case.case_id, now=NOW, actor=OFFICER).places
    return place.people, place.held


def audited(door):
    rows = door.services.vault.audit.entries(NOON, NOW + 9 * HOUR, action="poster_report_settled")
    return [(row.account_id, row.outcome, row.rows) for row in reversed(rows)]


def test_reports_alone_hold_nothing_back_however_many_come(door):
    by_poster(door, 1, NOON)
    for _press in range(5):
        report(door)
    by_poster(door, 2, NOON + MINUTE)
    assert (waiting(door), exposed(door)) == ([], (2, 0))


def test_a_copy_that_was_found_holds_the_entries_before_and_after_until_somebody_decides(door):
    by_poster(door, 1, NOON - 4 * HOUR)
    by_poster(door, 2, NOON)
    many(door, 1, source="call")
    door.scan(door.phone(), NOON, scan_id="staff")
    report(door, now=NOON + MINUTE)
    by_poster(door, 4, NOON + 2 * MINUTE)
    people, none = exposed(door)
    done = settle(door, "found")
    assert (done.entries, done.report.poster_id, none) == (3, POSTER, 0)
    assert waiting(door) == [("form-1", WHY), ("form-2", WHY), ("form-4", WHY)]
    assert exposed(door) == (people - 3, 3)
    by_poster(door, 5, NOW)
    assert held(door)[-1] == "form-5"
    [result] = results(door.services, LIBRARY)
    assert (result.result, result.settled_at, result.settled_by) == ("found", NOW, "A-manager")
    assert open_reports(door.services, LIBRARY) == []
    assert audited(door) == [("A-manager", "found", 3)]
    said(door, "void", "copied_poster", ["form-1"])
    assert held(door) == ["form-2", "form-4", "form-5"]


def test_where_there_is_no_copy_what_was_held_counts_again_but_decisions_stay(door):
    for number in range(3):
        by_poster(door, number, NOON + number * MINUTE)
    report(door)
    settle(door, "found")
    said(door, "void", "copied_poster", ["form-0"])
    assert settle(door, "not_found", now=NOW + MINUTE).entries == 3
    assert (waiting(door), exposed(door)) == ([], (2, 0))
    assert [scan_id for scan_id, _why in waiting(door, decided=True)] == ["form-0"]
    by_poster(door, 4, NOW + 2 * MINUTE)
    assert waiting(door) == []
    assert settle(door, "not_found", now=NOW + HOUR).entries == 0
    assert audited(door) == [("A-manager", "found", 3), ("A-manager", "not_found", 3)]
    said(door, "counts", "site_confirmed", ["form-0"])
    assert exposed(door) == (3, 0)
    said(door, "reopened", "decided_wrongly", ["form-0"])  # nothing is left to doubt about it
    assert (waiting(door), waiting(door, decided=True), exposed(door)) == ([], [], (3, 0))


def test_the_audit_says_by_a_hash_which_poster_and_which_time_it_was_about(door):
    by_poster(door, 1, NOON)
    report(door)
    settle(door, "found")
    settle(door, "not_found")
    hung = (NOON - 9 * HOUR).astimezone(UTC), (NOW + 24 * HOUR).astimezone(UTC)
    first = f"{POSTER}|{LIBRARY}|{hung[0]:%Y-%m-%dT%H:%M:%S}+00:00|{hung[1]:%Y-%m-%dT%H:%M:%S}+00:00"
    second = replace_poster(door, NOW + HOUR)
    report(door, second, now=NOW + HOUR)
    settle(door, "found", now=NOW + 2 * HOUR)
    rows = door.services.vault.audit.entries(NOON, NOW + 9 * HOUR, action="poster_report_settled")
    [of_second, *of_first] = [row.request for row in rows]
    assert set(of_first) == {hashlib.sha256(first.encode()).hexdigest()}
    assert len(of_second) == 64
    assert of_second not in of_first


def test_found_after_all_waits_for_a_decision_of_its_own(door):
    by_poster(door, 1, NOON)
    by_poster(door, 2, NOON + MINUTE)
    report(door)
    settle(door, "found")
    said(door, "counts", "site_confirmed", ["form-1"])
    shown = listed(door.services, Wanted(), limit=9).up_to
    settle(door, "not_found")
    assert settle(door, "found", now=NOW + MINUTE).entries == 2
    assert held(door) == ["form-1", "form-2"]
    assert said(door, "counts", "site_confirmed", up_to=shown).changed == 0  # seen by nobody: they are newer
    assert said(door, "counts", "site_confirmed").changed == 2


def test_a_doubt_of_another_kind_goes_on_waiting(door):
    by_poster(door, 1, NOON)
    report(door)
    settle(door, "found")
    other = [doubts.Doubt("burst")]
    door.services.store.write(lambda db: doubts.note(db, "form-1", LIBRARY, NOON, other, NOW))
    settle(door, "not_found")
    assert waiting(door) == [("form-1", ("burst",))]


def test_each_kind_of_report_is_settled_by_itself_by_whom_the_facility_belongs_to(door):
    for reason in ("elsewhere", "elsewhere", "damaged", "covered"):
        report(door, reason=reason)
    report(door, UNKNOWN)
    copies = [one for one in open_reports(door.services, LIBRARY) if one.reason == "elsewhere"]
    for place in (OFFICE, "-"):
        with pytest.raises(NotFound):
            settle(door, "found", copies[0].report_id, place=place)
    with pytest.raises(NotFound):
        settle(door, "found", 4711, place=None)
    for wrong in ("seen", "", "maybe"):
        with pytest.raises(BadInput) as refused:
            settle(door, wrong, copies[0].report_id)
        assert refused.value.facts == {"field": "result"}
    settle(door, "not_found", copies[0].report_id)
    left = {one.reason: one.report_id for one in open_reports(door.services, LIBRARY)}
    assert set(left) == {"damaged", "covered"}
    with pytest.raises(BadInput):
        settle(door, "found", left["damaged"])
    settle(door, "seen", left["damaged"])
    assert open_reports(door.services, LIBRARY) == []
    [unknown] = open_reports(door.services, None)
    with pytest.raises(BadInput):
        settle(door, "found", unknown.report_id, place=None)
    settle(door, "seen", unknown.report_id, place=None)
    assert (open_reports(door.services, None), waiting(door)) == ([], [])


def test_without_an_audit_nothing_is_settled(door, monkeypatch):
    by_poster(door, 1, NOON)
    report(door)

    def fails(*_args, **_facts):
        raise AuditUnavailable

    monkeypatch.setattr(type(door.services.vault.audit), "append", fails)
    with pytest.raises(AuditUnavailable):
        settle(door, "found")
    assert (waiting(door), len(open_reports(door.services, LIBRARY))) == ([], 1)


def replace_poster(door, at, after=1):
    return issue_poster(door.services, LIBRARY, after_epoch=after, now=at, random=door.random).poster_id


def test_entries_by_the_next_poster_are_others_and_those_of_two_copied_ones_are_kept_apart(door):
    """For two days after a replacement the log does not tell the two posters apart."""
    by_poster(door, 1, NOON)
    second = replace_poster(door, NOON + HOUR)
    by_poster(door, 2, NOON + 2 * HOUR, second)
    later = NOON + 24 * HOUR * 3
    by_poster(door, 3, later, second)
    report(door)
    settle(door, "found", now=later)
    assert held(door) == ["form-1", "form-2"]
    by_poster(door, 4, later + SECOND, second)
    report(door, second, now=later)
    [of_second] = [one.report_id for one in open_reports(door.services, LIBRARY)]
    [of_first] = [one.report_id for one in results(door.services, LIBRARY)]
    settle(door, "found", of_second, now=later + MINUTE)
    assert held(door) == ["form-1", "form-2", "form-3", "form-4"]
    settle(door, "not_found", of_first, now=later + MINUTE)
    assert held(door) == ["form-2", "form-3", "form-4"]
    third = replace_poster(door, later + HOUR, after=2)
    by_poster(door, 5, later + 2 * HOUR, third)
    by_poster(door, 6, later + 2 * HOUR, second)
    assert held(door)[3:] == ["form-6"]
