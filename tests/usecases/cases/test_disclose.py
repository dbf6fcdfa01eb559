"""From a trace to the contact list and its files: places are chosen, never people; no list without audit."""

import csv
import io
import zipfile
from datetime import date, timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.contact_list import read_stays
from entry_service.core.errors import BadInput, NotAllowed, NotFound
from entry_service.core.exposure import CaseClosed
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.usecases.cases import contact_files, disclose, follow_up
from entry_service.usecases.cases.close_case import close_case
from entry_service.usecases.cases.disclose import place_key
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.cases.trace import trace
from entry_service.vault.asked import BudgetSpent, NotApproved
from entry_service.vault.audit import AuditUnavailable
from tests.databases import databases, kind
from tests.usecases.small_log import BANK, LIBRARY, SmallLog, at, pid, small_log

__all__ = ["databases", "kind"]
OFFICER = Actor(account_id="A-officer", role="officer")
APPROVER = Actor(account_id="A-approver", role="approver")
NOW = at("20 12:00")


class Office:
    """A registered case in a small log, two people with second factors, and a clock that moves with each code."""

    def __init__(self, log: SmallLog) -> None:
        self.log, self.services, self.now = log, log.services, NOW
        self.secrets = {}
        for actor in (OFFICER, APPROVER):
            then = self.now - timedelta(days=2)
            self.secrets[actor] = read_secret(
                self.services.vault.factors.begin(actor.account_id, "x", then).secret
            )
            self.services.vault.factors.confirm(actor, code_of(self.secrets[actor], step_of(then)), then)
        log.stay(1, LIBRARY, "14 10:00", "14 11:00")
        log.stay(1, BANK, "14 15:00", "14 15:30")
        for who in (2, 3, 4):
            log.stay(who, LIBRARY, f"14 10:{10 * who}", "14 11:10")
        log.stay(4, BANK, "14 15:10", "14 15:20", source="slip", confidence="low")
        for who in (2, 3, 4):
            log.contact(who, "14", f"+82100000000{who}")
        done = register_case(
            self.services,
            number="군포-12",
            onset=date(2020, 8, 15),
            specimen_date=None,
            places=[PlaceTold(facility_id="PV-001", start=at("14 20:00"), end=at("14 21:00"))],
            passes=[pid(1)],
            now=self.now,
        )
        self.case_id = done.case.case_id
        traced = trace(self.services, self.case_id, now=self.now, actor=OFFICER)
        self.keys = {place.facility.facility_id: place_key(place) for place in traced.places}

    def code(self, actor: Actor) -> str:
        self.now += timedelta(seconds=30)
        return code_of(self.secrets[actor], step_of(self.now))

    def ask(self, *places: str, least: float = 0.0, purpose: str = "contact_tracing"):
        return disclose.ask(
            self.services,
            self.case_id,
            places=[self.keys.get(place, place) for place in places],
            least=least,
            purpose=purpose,
            code=self.code(OFFICER),
            actor=OFFICER,
            now=self.now,
        )

    def reveal(self, *places: str, **facts):
        request = self.ask(*places, **facts)
        self.approve(request)
        return disclose.open_approved(
            self.services, self.case_id, request.request_hash, actor=OFFICER, now=self.now
        )

    def approve(self, request):
        return disclose.decide(
            self.services,
            request.request_hash,
            approve=True,
            code=self.code(APPROVER),
            remark="",
            actor=APPROVER,
            now=self.now,
        )

    def contacts(self):
        return follow_up.read_contacts(self.services, self.case_id, actor=OFFICER, now=self.now)

    def actions(self) -> list[tuple[str, str]]:
        entries = self.services.vault.audit.entries(NOW - timedelta(days=1), NOW + timedelta(days=1), limit=500)
        return [(entry.action, entry.outcome) for entry in sorted(entries, key=lambda entry: entry.seq)]


@pytest.fixture
def office(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as log:
        yield Office(log)


def test_the_count_is_told_before_anything_is_asked(office):
    chosen = disclose.choose(
        office.services, office.case_id, places=[office.keys[LIBRARY]], least=0.0, actor=OFFICER, now=office.now
    )
    assert (chosen.people, chosen.records) == (3, 3)
    assert office.services.vault.disclosures.of_case(office.case_id) == []
    counts = {one.place.facility.facility_id: one.contacts for one in disclose.choices(chosen.trace)}
    assert counts[LIBRARY][0.0] == 3
    assert counts[LIBRARY][0.5] == 3
    assert counts[BANK] == {0.0: 1, 0.1: 0, 0.5: 0}  # ten minutes are no fifteen


def test_chosen_places_become_contacts_with_their_evidence(office):
    opened = office.reveal(LIBRARY, BANK)
    assert (opened.asked, opened.readable, opened.contacts) == (3, 3, 3)
    followed = office.contacts()
    assert followed.reckoning.adds_up
    assert followed.reckoning.persons == 3
    both = next(one for one in followed.contacts if len(one.stays) == 2)
    assert both.contact.phone == "+821000000004"
    assert [(stay.facility_id, stay.overlap_minutes, stay.source) for stay in both.stays] == [
        (LIBRARY, 20.0, "staff_scan"),
        (BANK, 10.0, "slip"),
    ]
    assert followed.counts["waiting"] == 3


def test_only_the_likely_are_asked_for_where_that_is_chosen(office):
    with pytest.raises(BadInput):
        office.ask(BANK, least=0.5)
    assert office.ask(BANK, LIBRARY, least=0.5).people == 3
    with pytest.raises(BadInput):
        office.ask(LIBRARY, least=0.9)


def test_a_second_request_adds_stays_to_the_people_who_are_there(office):
    office.reveal(LIBRARY)
    again = office.reveal(BANK)
    assert (again.contacts, again.new) == (1, 0)
    followed = office.contacts()
    assert len(followed.contacts) == 3
    assert sorted(len(one.stays) for one in followed.contacts) == [1, 1, 2]
    assert followed.reckoning.adds_up


def test_places_of_others_purposes_of_others_and_unknown_cases_are_refused_with_an_audit_row(office):
    for attempt, outcome in (
        (lambda: office.ask("another place"), "place_outside_case"),
        (lambda: office.ask(LIBRARY, purpose="police"), "purpose_unknown"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
        assert office.actions()[-1] == ("refused", outcome)
    with pytest.raises(BadInput):
        office.ask()
    office.case_id = "unknown"
    with pytest.raises(NotFound):
        office.ask(LIBRARY)


def test_a_request_over_the_budget_is_not_even_asked(tmp_path):
    with small_log(tmp_path / "var", NOW) as log:
        office = Office(log)
        object.__setattr__(log.services.settings, "reveal_budget", 2)
        with pytest.raises(BudgetSpent):
            office.ask(LIBRARY)
        object.__setattr__(log.services.settings, "reveal_budget", 3)
        assert office.ask(LIBRARY).decision == ""  # exactly as many as are left


def test_a_closed_case_is_neither_asked_for_nor_approved_nor_opened(office):
    approved, waiting = office.ask(LIBRARY), office.ask(LIBRARY)
    office.approve(approved)
    closed = close_case(office.services, office.case_id, actor=OFFICER, now=office.now)
    assert closed.closed_at == office.now
    assert office.actions()[-1] == ("case_closed", "done")
    for attempt in (
        lambda: office.ask(LIBRARY),
        lambda: office.approve(waiting),
        lambda: disclose.open_approved(
            office.services, office.case_id, approved.request_hash, actor=OFFICER, now=office.now
        ),
        lambda: close_case(office.services, office.case_id, actor=OFFICER, now=office.now),
    ):
        with pytest.raises(CaseClosed):
            attempt()
        assert office.actions()[-1] == ("refused", "case_closed")
    assert office.contacts().contacts == ()
    later = office.now + timedelta(days=14, seconds=1)
    assert office.services.vault.case_files.due(later - timedelta(days=14), NOW) == [office.case_id]


def test_a_request_is_opened_under_its_own_case_only(office):
    request = office.ask(LIBRARY)
    with pytest.raises(NotApproved):
        disclose.open_approved(
            office.services, office.case_id, request.request_hash, actor=OFFICER, now=office.now
        )
    office.approve(request)
    other = register_case(
        office.services,
        number="군포-13",
        onset=date(2020, 8, 15),
        specimen_date=None,
        places=[],
        passes=[pid(3)],
        now=office.now,
    )
    with pytest.raises(NotAllowed):
        disclose.open_approved(
            office.services, other.case.case_id, request.request_hash, actor=OFFICER, now=office.now
        )


def test_states_are_noted_with_who_and_counted(office):
    office.reveal(LIBRARY)
    for number, state in ((1, "called"), (2, "called"), (1, "isolated")):
        _noted, counts = follow_up.note_state(
            office.services, office.case_id, number, state, actor=OFFICER, now=office.now
        )
    assert counts == {"called": 1, "isolated": 1}
    followed = office.contacts()
    assert [one.state for one in followed.contacts] == ["isolated", "called", "waiting"]
    assert [change.state for change in followed.contacts[0].changes] == ["called", "isolated"]
    assert dict(followed.counts) == {"waiting": 1, "called": 1, "tested": 0, "isolated": 1, "closed": 0}


def taken(office, reason="field_work"):
    return contact_files.take_along(office.services, office.case_id, reason=reason, actor=OFFICER, now=office.now)


def test_a_list_taken_along_has_its_reason_its_mark_and_a_count_that_adds_up(office):
    office.reveal(LIBRARY, BANK)
    lists = taken(office)
    assert office.actions()[-1] == ("contacts_exported", "field_work")
    assert lists.columns[:3] == ["연번", "시설", "입장시각"]
    assert [name for name in lists.columns if name in {"비고", "판정"}] == ["비고", "판정"]
    assert len(lists.rows) == 4  # a row a stay
    assert {row[lists.columns.index("판정")] for row in lists.rows} == {""}  # an investigator's, never ours
    assert {row[-1] for row in lists.rows} == {lists.mark}
    assert "무단 배포 금지" in lists.mark
    assert office.services.vault.disclosures.of_case(office.case_id)[0].request_hash[:8] in lists.mark
    numbers = [row[lists.columns.index("연락처 또는 안심번호")] for row in lists.rows]
    assert sorted(set(numbers)) == ["010-0000-0002", "010-0000-0003", "010-0000-0004"]
    told = dict(contact_files.summary(lists))
    assert (told["요청한 기록"], told["읽은 기록"], told["판독 불가"], told["이미 파기됨"]) == (3, 3, 0, 0)
    assert told["대조"] == "일치"
    with pytest.raises(BadInput):
        taken(office, reason="curiosity")


def test_the_files_hold_every_row_and_the_mark_in_head_and_foot(office):
    office.reveal(LIBRARY, BANK)
    lists = taken(office)
    book = zipfile.ZipFile(io.BytesIO(contact_files.xlsx_of(lists)))
    page = book.read("xl/worksheets/sheet1.xml").decode()
    assert page.count("<row ") == 1 + len(lists.rows)
    assert page.count("무단 배포 금지") == 2
    assert "<f>" not in page
    read = list(csv.reader(io.StringIO(contact_files.csv_of(lists).decode("utf-8-sig"), newline="")))
    assert read[0] == lists.columns
    assert len(read) == 1 + len(lists.rows) + len(contact_files.summary(lists))
    assert {row[-1] for row in read[1 : 1 + len(lists.rows)]} == {lists.mark}


def test_without_the_audit_no_list_leaves(office, monkeypatch):
    office.reveal(LIBRARY)

    def broken(*_args, **_facts):
        raise AuditUnavailable(reason="OSError")

    monkeypatch.setattr(office.services.vault.audit, "append", broken)
    for attempt in (office.contacts, lambda: taken(office), lambda: office.ask(LIBRARY)):
        with pytest.raises(AuditUnavailable):
            attempt()


def test_the_same_stay_of_two_requests_is_told_once(office):
    office.reveal(LIBRARY)
    office.reveal(LIBRARY, BANK)
    followed = office.contacts()
    assert sorted(len(one.stays) for one in followed.contacts) == [1, 1, 2]
    assert all(read_stays(one.contact.evidence) == list(one.stays) for one in followed.contacts)
