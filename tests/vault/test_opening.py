"""What an opening comes to: everybody once, every record accounted for, the budget kept, one of many tries."""

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from sqlalchemy import delete, insert, select, update

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError
from entry_service.vault.asked import (
    AlreadyOpened,
    BudgetSpent,
)
from entry_service.vault.sealing import SUITE, _info
from entry_service.vault.searches import Budgets
from entry_service.vault.tables import (
    case_contacts,
    disclosure_passes,
    disclosures,
    records,
)

from .conftest import DAY, pid
from .two_people import APPROVER, CASE, NOW, OFFICER, a_pass, actions, deposit, filed, office, person


@pytest.fixture
def here(vault):
    return office(vault)


def test_one_person_at_several_places_and_days_is_one_contact_with_all_the_evidence(here):
    other_day = DAY - timedelta(days=1)
    for day, number in ((DAY, 1), (DAY, 2), (other_day, 3)):
        here.vault.deposit(day, pid(number), person(7))
    here.vault.deposit(DAY, pid(4), person(8))
    wanted = [a_pass(1), a_pass(1, stay=5), a_pass(2), a_pass(3, other_day), a_pass(4)]
    request = here.ask(wanted)
    assert request.people == 3  # who is the same on two days is not known before the records are open
    here.approve(request)
    opened = here.open(request)
    assert (opened.asked, opened.readable, opened.contacts) == (4, 4, 2)
    stays = {one.name: one.evidence for one in here.contacts()}
    assert len(stays[person(7).name]) == 2  # the same stay of two passes and days is told once
    assert any("5" in one for one in stays[person(7).name])


def test_a_second_request_of_the_case_adds_stays_and_doubles_nobody(here):
    passes = deposit(here.vault, range(3))
    here.reveal(passes[:2])
    again = here.reveal([a_pass(1, stay=9), passes[2]], place="GP-002")
    assert (again.contacts, again.new) == (2, 1)
    contacts = here.contacts()
    assert [one.number for one in contacts] == [1, 2, 3]
    assert len({one.phone for one in contacts}) == 3
    assert max(len(one.evidence) for one in contacts) == 2
    other = here.reveal(passes[:1], case_id="another")
    assert (other.contacts, other.new) == (1, 1)
    with here.vault.store.read() as db:
        marks = db.execute(select(case_contacts.c.case_id, case_contacts.c.person)).all()
    assert len({mark.person for mark in marks}) == 4  # nothing links a person between two cases


HOSTILE = [
    b"",
    b"\xff\xfe\x00 not json",
    b'{"name": "\xff\xff", "phone": "+821000000001"}',
    b'{"name": "\\ud800", "phone": "+821000000001"}',
    b'{"name": 5, "phone": "+821000000001"}',
    b'["a", "list"]',
    b'{"name": "x"}',
    b'{"name": "x", "phone": "=cmd|\' /C calc\'!A0"}',
    b'{"name": "x", "phone": "+821000000001", "safety_code": "12\xea\xb0\x8034\xeb\x82\x98"}',
    b"[" * 300,
]


def poison(vault, number: int, plain: bytes | None) -> None:
    """Put a record into the database that no door would write."""
    sealed = bytes(416)
    if plain is not None:
        key = x25519.X25519PublicKey.from_public_bytes(vault.public_key(DAY))
        sealed = SUITE.encrypt(plain.ljust(368), key, info=_info(DAY, pid(number)))
    row = {"day": DAY, "pid": pid(number), "blind": bytes(8) + pid(number), "over_cap": False, "sealed": sealed}
    vault.store.write(lambda db: db.execute(insert(records).values(**row)))


def test_poisoned_records_are_listed_as_unreadable_and_spoil_nothing(here):
    passes = deposit(here.vault, range(3))
    for number, plain in enumerate([None, *HOSTILE], 100):
        poison(here.vault, number, plain)
        passes.append(a_pass(number))
    passes.append(a_pass(999))  # the visitor had it deleted
    opened = here.reveal(passes)
    assert opened.asked == len(passes) == opened.readable + opened.unreadable + opened.destroyed
    assert (opened.readable, opened.unreadable, opened.destroyed) == (3, len(HOSTILE) + 1, 1)
    contacts = here.contacts()
    assert sum(one.readable for one in contacts) == 3
    assert sum(not one.readable and bool(one.evidence) for one in contacts) == len(HOSTILE) + 1


def test_a_destroyed_day_is_counted_as_destroyed(here):
    other_day = DAY - timedelta(days=1)
    passes = deposit(here.vault, range(2)) + deposit(here.vault, range(10, 13), other_day)
    request = here.ask(passes)
    here.approve(request)
    here.vault.destroy_key(other_day, here.now)
    first = here.vault.disclosures.find(request.request_hash)
    assert first.passes == 5
    here.vault.store.write(
        lambda db: db.execute(delete(disclosure_passes).where(disclosure_passes.c.day == other_day))
    )
    opened = here.open(request)
    assert (opened.asked, opened.readable, opened.unreadable, opened.destroyed) == (5, 2, 0, 3)


def test_the_budget_of_a_day_holds_and_is_new_the_next_day(here):
    passes = deposit(here.vault, range(5))
    here.reveal(passes[:3])
    request = here.ask(passes[3:])
    here.approve(request)
    here.vault.budgets = Budgets(contacts=4)
    with pytest.raises(BudgetSpent) as spent:
        here.open(request)
    assert spent.value.facts["left"] == 1
    assert actions(here.vault)[-1] == ("refused", "reveal_budget_spent")
    here.vault.budgets = Budgets(contacts=5)
    assert here.open(request).contacts == 2
    here.vault.budgets = Budgets(contacts=4)
    later = here.ask(passes[:3])
    here.now += timedelta(hours=14)  # past midnight in Korea
    here.approve(later)
    assert here.open(later).contacts == 3


def at_once(*acts):
    """Do all of it at the same moment; return what each gave, or the code of its refusal."""
    answers, gate = [], Barrier(len(acts))

    def try_it(act):
        gate.wait()
        try:
            answers.append(act())
        except EntryError as refused:
            answers.append(refused.code)

    threads = [Thread(target=try_it, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def processes(opened, kind):
    """Two vaults of one PostgreSQL database, as two processes have them; SQLite has one process that writes."""
    budgets = Budgets(searches=3, contacts=4)
    first = opened(budgets=budgets)
    return [first, opened(budgets=budgets) if kind == "postgresql" else first]


def test_the_budget_of_contacts_is_one_for_all_processes(processes):
    here = office(processes[0])
    requests = [here.ask(deposit(here.vault, range(first, first + 2))) for first in range(0, 12, 2)]
    for request in requests:
        here.approve(request)
    acts = [
        partial(processes[number % 2].disclosures.open, request.request_hash, OFFICER, here.now)
        for number, request in enumerate(requests)
    ]
    answers = at_once(*acts)
    assert sorted(one for one in answers if isinstance(one, str)) == ["reveal_budget_spent"] * 4
    assert filed(here.vault) == 4


def test_of_two_who_approve_at_once_the_audit_tells_one(processes):
    here = office(processes[0])
    request = here.ask(deposit(here.vault, range(2)))
    second = Actor(account_id="A-approver2", role="approver")
    here.enrol(second)
    acts = [
        partial(vault.disclosures.decide, request.request_hash, True, actor, here.code(actor), "", here.now)
        for vault, actor in zip(processes, (APPROVER, second), strict=True)
    ]
    answers = at_once(*acts)
    assert [one for one in answers if isinstance(one, str)] == ["already_decided"]
    assert [kind for kind, _ in actions(here.vault)].count("disclosure_approved") == 1


def test_the_budget_of_searches_is_one_for_all_processes(processes):
    deposit(processes[0], range(1))
    acts = [
        partial(processes[number % 2].searches.passes, person(0).phone, [DAY], CASE, OFFICER, NOW)
        for number in range(8)
    ]
    answers = at_once(*acts)
    assert sorted(one for one in answers if isinstance(one, str)) == ["lookup_budget_spent"] * 5
    assert [one for one in answers if not isinstance(one, str)] == [[(DAY, pid(0))]] * 3


def test_two_who_open_at_once_open_it_once(here):
    request = here.ask(deposit(here.vault, range(2)))
    here.approve(request)
    answers = at_once(*[partial(here.open, request)] * 4)
    assert sorted(str(one) for one in answers if isinstance(one, str)) == ["already_opened"] * 3
    assert [kind for kind, _ in actions(here.vault)].count("disclosure_opened") == 1
    assert filed(here.vault) == 2


def test_a_claim_of_another_process_is_seen(here, monkeypatch):
    """Two processes read the request before either has taken it: the database gives it to one."""
    request = here.ask(deposit(here.vault, range(2)))
    here.approve(request)
    named = here.vault.disclosures._named

    def slow(row, actor, now):
        monkeypatch.setattr(here.vault.disclosures, "_named", named)
        taken = update(disclosures).where(disclosures.c.request_hash == row.request_hash)
        here.vault.store.write(lambda db: db.execute(taken.values(opened_at=now, opened_by="another")))
        return named(row, actor, now)

    monkeypatch.setattr(here.vault.disclosures, "_named", slow)
    with pytest.raises(AlreadyOpened):
        here.open(request)
    assert filed(here.vault) == 0
