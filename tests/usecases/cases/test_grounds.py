"""A request stays as it was asked; whoever approves, opens or calls is told what its evidence is worth by now."""

import csv
import io

import pytest

from entry_service.core.doubt_rules import Doubt
from entry_service.store.cases import cases
from entry_service.store.log import doubts, scans
from entry_service.usecases.cases import contact_files, disclose
from entry_service.usecases.cases.grounds import GroundsChanged, grounds_of
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.sites.watch import decide
from tests.usecases.small_log import BANK, LIBRARY, at

from .test_disclose import OFFICER, databases, kind, office

__all__ = ["databases", "kind", "office"]


def entry(office, who, place=LIBRARY):
    with office.services.store.read() as db:
        rows = scans.scans_between(db, place, at("14 00:00"), at("15 00:00"), uncounted=True)
    return next(row for row in rows if row.pid[-1] == who)


def doubt(office, *found):
    def note(db):
        for row in found:
            doubts.note(db, row.scan_id, row.facility_id, row.scanned_at, [Doubt("outside_hours")], office.now)

    office.services.store.write(note)


def void(office, *found):
    doubt(office, *found)
    ids, said = [row.scan_id for row in found], {"decision": "void", "why": "made_up"}
    return decide(office.services, ids, **said, actor=OFFICER, now=office.now)


def counts(office, request):
    found = grounds_of(office.services, office.case_id, request.request_hash)
    return found.records, found.void, found.waits


def test_who_approves_is_told_what_is_void_or_doubted_since_and_nothing_older_is_approved(office):
    request = office.ask(LIBRARY)
    assert counts(office, request) == (3, 0, 0)
    void(office, entry(office, 2))
    doubt(office, entry(office, 3))
    assert counts(office, request) == (3, 1, 1)
    facts = {"approve": True, "remark": "", "now": office.now}
    with pytest.raises(GroundsChanged):
        disclose.decide(office.services, request.request_hash, code="", actor=OFFICER, shown="0.0", **facts)
    assert office.approve(request).decision == "approved"
    void(office, entry(office, 3))
    facts = {"actor": OFFICER, "now": office.now}
    with pytest.raises(GroundsChanged):
        disclose.open_approved(office.services, office.case_id, request.request_hash, shown="1.1", **facts)
    opened = disclose.open_approved(office.services, office.case_id, request.request_hash, shown="2.0", **facts)
    assert opened.contacts == 3  # exactly what was approved


def test_the_contact_list_marks_those_whose_whole_evidence_is_void_or_waits(office):
    office.reveal(LIBRARY, BANK)
    void(office, entry(office, 2), entry(office, 4))  # the fourth was met at the bank as well
    doubt(office, entry(office, 3))

    def marked():
        return {one.contact.phone[-1]: one.doubt for one in office.contacts().contacts}

    assert marked() == {"2": "void", "3": "waits", "4": ""}
    taken = contact_files.take_along(
        office.services, office.case_id, reason="field_work", actor=OFFICER, now=office.now
    )
    rows = list(csv.DictReader(io.StringIO(contact_files.csv_of(taken).decode("utf-8-sig"))))
    told = {row["연락처 또는 안심번호"][-1]: row["비고"] for row in rows if row["연번"].isdigit()}
    assert (told["2"], told["3"], told["4"]) == ("근거 기록이 무효", "근거 기록이 판단 보류", "")
    void(office, entry(office, 4, BANK))
    assert marked()["4"] == "void"


def test_a_leaving_that_waits_and_an_index_visit_that_is_void_are_told_too(office):
    request = office.ask(LIBRARY)
    with office.services.store.read() as db:
        rows = scans.scans_between(db, LIBRARY, at("14 11:05"), at("14 11:15"))
    doubt(office, *[row for row in rows if row.pid[-1] == 2])
    assert counts(office, request) == (3, 0, 1)
    void(office, entry(office, 1))
    assert counts(office, request) == (3, 3, 0)


def test_two_of_one_moment_are_not_taken_for_each_other(office):
    other = entry(office, 2)
    office.log.stay(9, LIBRARY, "14 10:20", "14 10:21")
    request = office.ask(LIBRARY)
    void(office, entry(office, 9))
    assert other.scanned_at == entry(office, 9).scanned_at
    assert counts(office, request) == (4, 0, 2)  # one of the two: somebody should look


def test_a_request_is_told_however_many_cases_are_open(office):
    office.ask(LIBRARY)
    for number in range(60):  # newer ones, which come first
        facts = {
            "onset": None,
            "specimen_date": at("14 00:00").date(),
            "places": [],
            "passes": [],
            "now": office.now,
        }
        register_case(office.services, number=f"군포-{100 + number}", **facts)
    office.code(OFFICER)
    done = void(office, entry(office, 2))
    assert done.asked == 1
    with office.services.store.read() as db:
        assert len(cases.all_cases(db)) == 61
