"""A name leaves the vault by two people's fresh codes, once, after the audit row, and never otherwise."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, EntryError, NotAllowed, NotFound
from entry_service.core.exposure import CaseClosed
from entry_service.vault import asked
from entry_service.vault.asked import (
    AlreadyDecided,
    AlreadyOpened,
    AskedPass,
    NotApproved,
    OwnRequest,
)
from entry_service.vault.audit import AuditUnavailable
from entry_service.vault.factors import FactorRefused
from entry_service.vault.tables import (
    audit_subjects,
)

from . import two_people
from .two_people import (
    APPROVER,
    CASE,
    OFFICER,
    SECOND_OFFICER,
    a_pass,
    actions,
    deposit,
    filed,
    office,
    person,
)

HOUR = timedelta(hours=1)
BOTH = Actor(account_id="A-officer", role="approver", origin="127.0.0.1")  # one account in two roles


@pytest.fixture
def here(vault):
    return office(vault)


def test_asked_approved_by_another_and_opened_once(here):
    passes = deposit(here.vault, range(3))
    request = here.ask(passes)
    assert (request.state(here.now), request.people, request.passes) == ("waiting", 3, 3)
    assert here.vault.disclosures.waiting() == [request]
    approved = here.approve(request)
    assert approved.state(here.now) == "approved"
    assert here.vault.disclosures.waiting() == []
    opened = here.open(request)
    assert (opened.asked, opened.readable, opened.unreadable, opened.destroyed) == (3, 3, 0, 0)
    assert (opened.contacts, opened.new) == (3, 3)
    found = here.vault.disclosures.find(request.request_hash)
    assert (found.state(here.now), found.opened_by, found.outcome) == ("opened", OFFICER.account_id, opened)
    with pytest.raises(AlreadyOpened):
        here.open(request)
    contacts = here.contacts()
    assert {(one.name, one.phone, one.residence) for one in contacts} == {
        (person(number).name, person(number).phone, "군포시") for number in range(3)
    }
    assert [one.number for one in contacts] == [1, 2, 3]
    assert [kind for kind, _ in actions(here.vault)] == [
        "disclosure_asked",
        "disclosure_approved",
        "disclosure_opened",
        "contacts_read",
    ]


def test_the_row_of_the_opening_names_its_subjects_and_was_there_before_the_file(here, monkeypatch):
    request = here.ask(deposit(here.vault, range(4)))
    here.approve(request)
    seen = []
    append = here.vault.audit.append

    def spy(action, *args, **facts):
        seen.append((action, filed(here.vault), facts.get("subjects"), facts["rows"]))
        return append(action, *args, **facts)

    monkeypatch.setattr(here.vault.audit, "append", spy)
    here.open(request)
    assert seen == [("disclosure_opened", 0, sorted(person(number).phone for number in range(4)), 4)]
    with here.vault.store.read() as db:
        assert len(db.execute(select(audit_subjects)).all()) == 4


@pytest.mark.parametrize("action", ["ask", "approve", "open", "read"])
def test_without_the_audit_nothing_happens(here, monkeypatch, action):
    passes = deposit(here.vault, range(2))
    request = here.ask(passes)
    if action in {"open", "read"}:
        here.approve(request)
    if action == "read":
        here.open(request)

    def broken(*_args, **_facts):
        raise AuditUnavailable(reason="OSError")

    with monkeypatch.context() as patched:
        patched.setattr(here.vault.audit, "append", broken)
        with pytest.raises(AuditUnavailable):
            {
                "ask": lambda: here.ask(passes),
                "approve": lambda: here.approve(request),
                "open": lambda: here.open(request),
                "read": here.contacts,
            }[action]()
    state = here.vault.disclosures.find(request.request_hash).state(here.now)
    assert state == {"ask": "waiting", "approve": "waiting", "open": "approved", "read": "opened"}[action]
    assert filed(here.vault) == (2 if action == "read" else 0)
    assert len(here.vault.disclosures.of_case(CASE)) == 1
    if action == "open":
        assert here.open(request).contacts == 2  # the approval is still good


def test_nobody_approves_what_they_asked_for_and_no_role_does_the_other_s_work(here):
    request = here.ask(deposit(here.vault, range(1)))
    with pytest.raises(OwnRequest):
        here.approve(request, BOTH)
    assert ("refused", "own_request") in actions(here.vault)
    for refused in (
        lambda: here.ask([a_pass(0)], APPROVER),
        lambda: here.approve(request, OFFICER),
        lambda: here.approve(request, SECOND_OFFICER),
        lambda: here.open(request, APPROVER),
    ):
        with pytest.raises(NotAllowed):
            refused()
    here.approve(request)
    with pytest.raises(NotAllowed):
        here.open(request, SECOND_OFFICER)
    with pytest.raises(AlreadyDecided):
        here.approve(request)


def test_a_code_is_fresh_and_of_whoever_acts(here):
    passes = deposit(here.vault, range(1))
    used = here.code(OFFICER)
    request = here.ask(passes, code=used)
    with pytest.raises(FactorRefused):
        here.ask(passes, code=used)
    with pytest.raises(FactorRefused):
        here.approve(request, code=here.code(OFFICER))
    with pytest.raises(FactorRefused):
        here.approve(request, code="")
    assert here.vault.disclosures.find(request.request_hash).state(here.now) == "waiting"


def test_an_approval_lasts_a_day_and_a_return_opens_nothing(here):
    passes = deposit(here.vault, range(1))
    request = here.ask(passes)
    with pytest.raises(NotApproved):
        here.open(request)
    here.approve(request)
    here.now += 24 * HOUR
    with pytest.raises(NotApproved) as late:
        here.open(request)
    assert late.value.facts["state"] == "expired"
    other = here.ask(passes)
    for no_reason in (" ", "가" * 201, "010-0000-1234 제외", "12가34나 제외"):
        with pytest.raises(BadInput):
            here.vault.disclosures.decide(other.request_hash, False, APPROVER, "", no_reason, here.now)
    why = "장소를 줄이십시오."
    returned = here.vault.disclosures.decide(other.request_hash, False, APPROVER, "", why, here.now)
    assert (returned.state(here.now), returned.remark) == ("returned", why)
    with pytest.raises(NotApproved):
        here.open(other)
    with pytest.raises(NotFound):
        here.vault.disclosures.find("0" * 64)


def test_other_content_is_another_request_without_an_approval(here):
    passes = deposit(here.vault, range(3))
    hashes = set()
    for content, wanted in (
        ({}, passes),
        ({"purpose": "testing_notice"}, passes),
        ({"place": "GP-002"}, passes),
        ({"case_id": "another"}, passes),
        ({}, passes[:2]),
        ({}, [*passes[:2], a_pass(2, stay=1)]),
    ):
        request = here.ask(wanted, **content)
        hashes.add(request.request_hash)
        if len(hashes) == 1:
            here.approve(request)
        else:
            with pytest.raises(NotApproved):
                here.open(request)
    assert len(hashes) == 6


def test_the_same_of_the_same_moment_is_one_request(here, monkeypatch):
    passes = deposit(here.vault, range(2))
    request = here.ask(passes)
    monkeypatch.setattr(here.vault.factors, "verify_settled", lambda *_: None)
    again = here.vault.disclosures.ask(two_people.asked(), passes, OFFICER, "", here.now)
    assert again == request
    assert here.vault.disclosures.of_case(CASE) == [request]


@pytest.mark.parametrize(
    ("facts", "passes", "field"),
    [
        ({"purpose": "police"}, [a_pass(0)], "purpose"),
        ({"case_id": "../../keys/days"}, [a_pass(0)], "case_id"),
        ({}, [], "places"),
    ],
)
def test_what_cannot_be_asked(here, facts, passes, field):
    with pytest.raises(BadInput) as wrong:
        here.ask(passes, **facts)
    assert wrong.value.facts["field"] == field


def test_a_closed_case_cannot_be_asked_for_approved_or_opened(here):
    passes = deposit(here.vault, range(1))
    waiting, approved = here.ask(passes), here.ask(passes)
    here.approve(approved)
    here.vault.case_files.close(CASE, here.now)
    for attempt in (lambda: here.ask(passes), lambda: here.approve(waiting), lambda: here.open(approved)):
        with pytest.raises(CaseClosed):
            attempt()


def attempts(here, seed: int, rounds: int) -> tuple[int, int]:
    """Try random acts without two people's codes; return how many were tried and how many contacts came out."""
    dice = random.Random(seed)
    passes = deposit(here.vault, range(3))
    known = [here.ask(passes)]  # the officer's own code was given once
    actors = [OFFICER, SECOND_OFFICER, APPROVER, BOTH, Actor(account_id="", role="officer")]
    guesses = ["", "000000", "123456", "abcdef", "'; --", here.code(SECOND_OFFICER)]
    for _ in range(rounds):
        actor, request = dice.choice(actors), dice.choice(known)
        act = dice.choice(["ask", "decide", "open", "read", "state", "find"])
        try:
            if act == "ask":
                wanted = dice.sample(passes, dice.randint(0, 3))
                known.append(here.ask(wanted, actor, dice.choice(guesses), case_id=dice.choice([CASE, "another"])))
            elif act == "decide":
                code = dice.choice(guesses)
                here.vault.disclosures.decide(request.request_hash, True, actor, code, "", here.now)
            elif act == "open":
                here.vault.disclosures.open(request.request_hash, actor, here.now)
            elif act == "read":
                assert here.vault.case_files.contacts(dice.choice([CASE, "another"]), actor, here.now) == []
            elif act == "state":
                here.vault.case_files.set_state(CASE, dice.randint(0, 4), "called", actor, here.now)
            else:
                here.vault.disclosures.find(dice.choice([request.request_hash, "f" * 64]))
        except EntryError:
            here.now += timedelta(seconds=dice.choice([0, 0, 7, 3_600]))
    return rounds, filed(here.vault)


def test_no_order_of_acts_without_two_fresh_codes_names_anybody(here):
    assert attempts(here, seed=1, rounds=400) == (400, 0)


def test_a_pass_is_merged_whatever_order_it_came_in(here):
    passes = [a_pass(1), a_pass(0), a_pass(1, stay=2)]
    assert asked.merged(passes) == asked.merged(passes[::-1])
    assert isinstance(asked.merged(passes)[0], AskedPass)
