"""An officer finds a case's own visits by its phone: audited first, within a budget, the number kept nowhere."""

from datetime import date

import pytest
from sqlalchemy import select

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.core.exposure import CaseClosed
from entry_service.core.model import Contact
from entry_service.store.cases import cases
from entry_service.store.schema.tables import cases as cases_table
from entry_service.store.schema.tables import metadata
from entry_service.usecases.cases.case_visits import PlaceTold
from entry_service.usecases.cases.register_case import CaseKnown, register_case
from entry_service.usecases.cases.search_phone import search_phone
from entry_service.usecases.cases.trace import trace
from entry_service.vault.checkpoints import AuditUnavailable
from entry_service.vault.searches import Budgets, LookupBudgetSpent
from tests.databases import databases, kind
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, SmallLog, at, pid, small_log

__all__ = ["databases", "kind"]

OFFICER = Actor(account_id="A-officer", role="officer")
NOW, TODAY = "20 12:00", "20 00:00"
PHONE, E164, CODE = "010-0000-0001", "+821000000001", "12가34나"


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", at(NOW), log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def register(log: SmallLog, **facts: object):
    given = {"number": "군포-12", "onset": date(2020, 8, 15), "specimen_date": None, "places": [], "passes": []}
    return register_case(log.services, **{**given, "now": at(NOW), "actor": OFFICER, **facts})


def search(log: SmallLog, case_id: str, typed: str = PHONE):
    return search_phone(log.services, case_id, typed, actor=OFFICER, now=at(NOW))


def made(log: SmallLog, action: str = "phone_searched") -> int:
    return log.services.vault.audit.count(action, OFFICER.account_id, at(TODAY))


def stays(visits):
    return [(visit.facility_id, visit.start, visit.end) for visit in visits]


def carried(log: SmallLog, who: int, day: str, phone: str = E164) -> None:
    """Let a pass of a day carry the phone and visit the library."""
    log.contact(who, day, phone)
    log.stay(who, LIBRARY, f"{day} 10:00", f"{day} 11:00")


def test_a_new_case_gets_the_visits_of_its_phone_within_the_window_and_nobody_elses(log):
    carried(log, 1, "14")
    carried(log, 2, "16")  # another day: another pass
    carried(log, 3, "12")  # before the window: its pass is not even looked for
    carried(log, 4, "14", "+821000000004")
    done = register(log, phone="+82 10 0000 0001")
    assert stays(done.visits) == [
        (LIBRARY, at("14 10:00"), at("14 11:00")),
        (LIBRARY, at("16 10:00"), at("16 11:00")),
    ]
    assert done.outside_window == 0
    assert made(log) == 1
    found = trace(log.services, done.case.case_id, now=at(NOW), actor=OFFICER)
    assert [[one.pid for one in place.exposed] for place in found.places] == [[pid(4)], []]


def test_isolation_ends_the_search(log):
    carried(log, 1, "14")
    carried(log, 2, "16")
    assert len(register(log, phone=PHONE, isolated_on=date(2020, 8, 15)).visits) == 1


def test_a_registered_case_gets_what_is_new_and_told_visits_become_the_logs(log):
    carried(log, 1, "14")
    carried(log, 2, "16")
    told = [
        PlaceTold(facility_id=LIBRARY, start=at("14 09:30"), end=at("14 10:30")),
        PlaceTold(facility_id=KARAOKE, start=at("14 19:00"), end=at("14 20:00")),
    ]
    case_id = register(log, places=told).case.case_id
    found = search(log, case_id)
    assert stays(found.added) == [(LIBRARY, at("16 10:00"), at("16 11:00"))]
    assert (found.corroborated, found.known, found.outside_window) == (1, 0, 0)
    with log.services.store.read() as db:
        visits = cases.visits_of(db, case_id)
    assert [(visit.start, origin) for visit, origin in visits] == [
        (at("14 10:00"), "both"),
        (at("14 19:00"), "place"),
        (at("16 10:00"), "pass"),
    ]
    again = search(log, case_id)
    assert (again.added, again.corroborated, again.known) == ((), 0, 2)
    with log.services.store.read() as db:
        assert cases.visits_of(db, case_id) == visits


def test_a_number_that_was_nowhere_is_not_called_known(log):
    carried(log, 1, "14")
    found = search(log, register(log, phone=PHONE).case.case_id, "010-0000-9876")
    assert (found.added, found.corroborated, found.known, found.outside_window) == ((), 0, 0, 0)


def test_a_safety_code_is_searched_like_a_phone(log):
    log.services.vault.deposit(date(2020, 8, 14), pid(1), Contact(name="방문자 1", safety_code=CODE))
    log.stay(1, BANK, "14 10:00", "14 11:00")
    assert len(register(log, phone=" 12 가34나 ").visits) == 1


def test_the_subject_is_written_down_before_the_vault_is_asked(log, monkeypatch):
    carried(log, 1, "14")
    vault = log.services.vault
    asked = []
    find = vault.find_passes
    monkeypatch.setattr(vault, "find_passes", lambda *given: asked.append(made(log)) or find(*given))
    register(log, phone=PHONE)
    assert asked == [1]

    def broken(*_args, **_facts):
        raise AuditUnavailable

    monkeypatch.setattr(vault.audit, "append", broken)
    monkeypatch.setattr(vault, "find_passes", lambda *_: pytest.fail("searched without an audit row"))
    with pytest.raises(AuditUnavailable):
        register(log, number="군포-13", phone=PHONE)
    with log.services.store.read() as db:
        assert not cases.number_is_known(db, "군포-13")


def test_a_day_has_a_budget_of_searches(log):
    log.services.vault.budgets = Budgets(searches=2)
    case_id = register(log).case.case_id
    search(log, case_id)
    search(log, case_id)
    with pytest.raises(LookupBudgetSpent) as spent:
        search(log, case_id)
    assert spent.value.status == 429
    assert (made(log), made(log, "refused")) == (2, 1)
    other = Actor(account_id="A-other", role="officer")
    search_phone(log.services, case_id, PHONE, actor=other, now=at(NOW))
    search_phone(log.services, case_id, PHONE, actor=OFFICER, now=at("21 00:00"))  # another day


@pytest.mark.parametrize("typed", ["", "방문자 1", "02-390-0114", "010-0000-00012"])
def test_what_is_no_number_is_refused_and_not_repeated(log, typed):
    case_id = register(log).case.case_id
    with pytest.raises(BadInput) as refused:
        search(log, case_id, typed)
    assert refused.value.facts == {"field": "phone"}
    assert not typed or typed not in str(refused.value) + refused.value.sentence
    assert made(log) == 0


def test_neither_a_closed_case_nor_a_number_that_is_taken_searches(log):
    case_id = register(log).case.case_id
    with pytest.raises(CaseKnown):
        register(log, phone=PHONE)
    log.services.store.write(lambda db: db.execute(cases_table.update().values(closed_at=at(NOW))))
    with pytest.raises(CaseClosed):
        search(log, case_id)
    assert (made(log), made(log, "refused")) == (0, 1)


def test_the_number_is_nowhere_in_the_log(log):
    carried(log, 1, "14")
    case_id = register(log, phone=PHONE).case.case_id
    search(log, case_id)
    with log.services.store.read() as db:
        rows = repr([db.execute(select(table)).all() for table in metadata.sorted_tables])
    assert all(number not in rows for number in ("01000000001", "821000000001", PHONE))
