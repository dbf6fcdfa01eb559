"""What is filed for a case is read with an audit row, followed up by hand, and destroyed with its key."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotAllowed, NotFound
from entry_service.core.exposure import CaseClosed
from entry_service.core.model import Contact
from entry_service.vault.case_files import CONTACT_STATES
from entry_service.vault.case_sealing import BLOCK, CaseKey, FiledContact, Named, contact_of
from entry_service.vault.key_ring import KeyGone
from entry_service.vault.tables import (
    case_contacts,
    case_files,
    contact_states,
    disclosure_passes,
    disclosures,
)

from .conftest import DAY, pid
from .two_people import APPROVER, CASE, OFFICER, SECOND_OFFICER, actions, deposit, office

DAY_LONG = timedelta(days=1)


@pytest.fixture
def here(vault):
    return office(vault)


@pytest.fixture
def files(here):
    here.reveal(deposit(here.vault, range(3)))
    return here.vault.case_files


def rows(vault, table) -> int:
    with vault.store.read() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def test_reading_writes_whom_before_it_answers(here, files):
    assert len(files.contacts(CASE, SECOND_OFFICER, here.now)) == 3  # a colleague goes on with the case
    assert actions(here.vault)[-1] == ("contacts_read", "done")
    assert len(files.export(CASE, OFFICER, here.now, "field_work")) == 3
    assert actions(here.vault)[-1] == ("contacts_exported", "field_work")
    with pytest.raises(NotAllowed):
        files.contacts(CASE, APPROVER, here.now)
    assert files.contacts("nothing-filed", OFFICER, here.now) == []


def test_every_change_of_state_is_a_row_with_who_and_when(here, files):
    files.set_state(CASE, 1, "called", OFFICER, here.now)
    files.set_state(CASE, 1, "closed", SECOND_OFFICER, here.now)  # the order is shown, not forced
    files.set_state(CASE, 1, "tested", OFFICER, here.now + DAY_LONG)
    told = [(one.number, one.state, one.changed_by) for one in files.states(CASE)]
    assert told == [
        (1, "called", OFFICER.account_id),
        (1, "closed", SECOND_OFFICER.account_id),
        (1, "tested", OFFICER.account_id),
    ]
    assert files.states(CASE)[-1].changed_at == here.now + DAY_LONG
    assert actions(here.vault)[-1] == ("contact_state_set", "tested")
    for state, number, refusal in (("close contact", 1, BadInput), ("called", 9, NotFound)):
        with pytest.raises(refusal):
            files.set_state(CASE, number, state, OFFICER, here.now)
    with pytest.raises(NotAllowed):
        files.set_state(CASE, 1, "called", APPROVER, here.now)
    assert set(CONTACT_STATES) == {"waiting", "called", "tested", "isolated", "closed"}  # no verdict among them


def test_a_file_is_due_after_its_close_or_when_it_was_forgotten(here, files):
    here.reveal(deposit(here.vault, range(5, 7)), case_id="another")
    files.close(CASE, here.now)
    files.close(CASE, here.now + DAY_LONG)  # the first close counts
    files.close("never-asked", here.now)
    early, late = here.now - DAY_LONG, here.now + timedelta(hours=1)
    assert files.due(here.now, early) == []
    assert files.due(late, early) == [CASE, "never-asked"]
    assert files.due(early, late) == ["another"]
    with pytest.raises(CaseClosed):
        files.set_state(CASE, 1, "called", OFFICER, here.now)
    assert len(files.contacts(CASE, OFFICER, here.now)) == 3  # still readable until it is destroyed


def test_destroyed_is_the_key_first_and_then_every_row_of_the_case(here, files):
    here.reveal(deposit(here.vault, range(5, 7)), case_id="another")
    files.set_state(CASE, 1, "called", OFFICER, here.now)
    assert files.destroy(CASE, here.now) == 3
    assert here.vault.ring.is_gone("cases", CASE)
    assert [rows(here.vault, table) for table in (case_contacts, contact_states)] == [2, 0]
    assert [rows(here.vault, table) for table in (disclosures, disclosure_passes)] == [1, 2]
    with pytest.raises(KeyGone):
        files.contacts(CASE, OFFICER, here.now)
    with pytest.raises(CaseClosed):
        here.ask(deposit(here.vault, range(1)))
    assert len(files.contacts("another", OFFICER, here.now)) == 2
    assert files.destroy(CASE, here.now) == 0
    counts = files.counts()
    assert (counts.files, counts.closed, counts.destroyed, counts.contacts) == (2, 0, 1, 2)
    assert files.find(CASE).destroyed_at == here.now


def test_killed_between_key_and_rows_it_is_still_due_and_reads_nothing(here, files, monkeypatch):
    files.close(CASE, here.now)
    with monkeypatch.context() as patched:
        patched.setattr(here.vault.store, "write", lambda fn: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            files.destroy(CASE, here.now)
    assert files.due(here.now + DAY_LONG, here.now) == [CASE]
    with pytest.raises(KeyGone):
        files.contacts(CASE, OFFICER, here.now)
    assert files.destroy(CASE, here.now) == 3


def test_a_request_that_nobody_opened_goes_with_its_case_too(here):
    here.ask(deposit(here.vault, range(2)))
    files = here.vault.case_files
    assert files.due(here.now, here.now + DAY_LONG) == [CASE]
    assert files.destroy(CASE, here.now) == 0
    assert rows(here.vault, disclosures) == rows(here.vault, disclosure_passes) == 0
    assert rows(here.vault, case_files) == 1


def test_rows_are_sealed_to_their_place_and_padded(here, files):
    with here.vault.store.read() as db:
        sealed = {row.contact_number: row.sealed for row in db.execute(select(case_contacts))}
    assert {len(one) % BLOCK for one in sealed.values()} == {12 + 16}
    assert not any("시험방문자".encode() in one or b"+8210" in one for one in sealed.values())
    swapped = update(case_contacts).where(case_contacts.c.contact_number == 1).values(sealed=sealed[2])
    here.vault.store.write(lambda db: db.execute(swapped))
    read = files.contacts(CASE, OFFICER, here.now)
    assert [one.readable for one in read] == [False, True, True]


def test_a_case_key_says_the_same_of_one_number_and_another_of_another_case():
    one, other = CaseKey("a", bytes(32)), CaseKey("b", bytes(31) + b"\x01")
    named = [Named(DAY, pid(n), "[]", Contact(name="시험방문자", phone="+821000000001")) for n in (1, 2)]
    assert one.person(named[0]) == one.person(named[1]) != other.person(named[0])
    assert one.unseal(2, one.seal(1, FiledContact(None, []))) is None
    assert "key=" not in repr(one)


def test_one_person_of_many_records_has_the_name_and_residence_of_any():
    number = "+821000000001"
    by_slip = Contact(name="", phone=number, residence="군포시")
    by_poster = Contact(name="시험방문자", phone=number)
    by_pass = Contact(name="시험방문자", phone=number, verified=True)
    own = [
        Named(day=DAY, pid=pid(n), evidence="{}", contact=one) for n, one in enumerate((by_slip, by_poster, None))
    ]
    assert contact_of(own) == Contact(name="시험방문자", phone=number, residence="군포시")
    own.append(Named(day=DAY, pid=pid(3), evidence="{}", contact=by_pass))
    assert contact_of(own) == Contact(name="시험방문자", phone=number, residence="군포시", verified=True)
    assert contact_of(own[2:3]) is None


def test_the_role_is_asked_for_even_of_a_made_up_actor(files, here):
    with pytest.raises(NotAllowed):
        files.contacts(CASE, Actor(account_id="A-officer", role="admin"), here.now)
