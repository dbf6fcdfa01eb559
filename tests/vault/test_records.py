"""What the vault says of its records: who belongs together, where a number was, and what one bad record spoils."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert, select, update

from entry_service.core.errors import BadInput
from entry_service.core.model import Contact
from entry_service.vault import records as of_records
from entry_service.vault import seal
from entry_service.vault.keys import KeysUnsafe, unwrap_small
from entry_service.vault.tables import card_days, day_keys, records

from .conftest import CANARY, DAY, pid

NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)
OTHER = replace(CANARY, phone="+821001112222")
CODED = Contact(name="방문자", safety_code="12가34나")


@pytest.fixture
def three_days(vault):
    """Return a vault with the canary twice on one day and once on the next, others beside."""
    for day, number, who in (
        (DAY, 1, CANARY),
        (DAY, 2, OTHER),
        (DAY, 3, CANARY),
        (NEXT, 4, CANARY),
        (NEXT, 5, CODED),
    ):
        vault.deposit(day, pid(number), who)
    return vault


@pytest.mark.parametrize("typed", ["+821008761234", "010-0876-1234", "01008761234", "０１０ ０８７６ １２３４"])
def test_a_number_is_found_however_it_is_typed(three_days, typed):
    found = three_days.find_passes(typed, [NEXT, DAY, DAY, LATER])
    assert found == [(DAY, pid(1)), (DAY, pid(3)), (NEXT, pid(4))]
    assert three_days.find_passes(typed, [NEXT]) == [(NEXT, pid(4))]
    assert three_days.find_passes(typed, []) == []


def test_a_safety_code_is_found_and_nonsense_is_refused(three_days):
    assert three_days.find_passes("12가34나", [DAY, NEXT]) == [(NEXT, pid(5))]
    assert three_days.find_passes("010-0000-0001", [DAY, NEXT]) == []
    for nonsense in ("", "시험방문자", "02-123-4567", "' OR 1=1"):
        with pytest.raises(BadInput):
            three_days.find_passes(nonsense, [DAY])


def test_a_search_draws_no_keys(three_days):
    three_days.find_passes(CANARY.phone, [DAY + timedelta(days=n) for n in range(-30, 30)])
    assert three_days.days() == [DAY, NEXT]


def test_one_bad_record_spoils_no_other(three_days):
    vault = three_days
    public = vault.public_key(DAY)
    poisoned = {
        6: b"",
        7: b"\x00" * 416,
        8: seal(public, NEXT, pid(8), CANARY),
        9: seal(public, DAY, pid(1), CANARY),
    }
    rows = [
        {"day": DAY, "pid": pid(number), "blind": b"b", "over_cap": False, "sealed": sealed}
        for number, sealed in poisoned.items()
    ]
    vault.store.write(lambda db: db.execute(insert(records), rows))
    asked = [(DAY, pid(n)) for n in (9, 1, 6, 2, 7, 8, 99, 3)] + [(LATER, pid(1)), (NEXT, pid(5)), (DAY, pid(1))]
    bad = "unreadable"
    assert vault.open_contacts(asked) == [bad, CANARY, bad, OTHER, bad, bad, bad, CANARY, bad, CODED, CANARY]
    assert vault.open_contacts([]) == []
    assert vault.days() == [DAY, NEXT]


def test_a_lost_key_leaves_the_other_days_readable(three_days, key_dir, key_copy):
    three_days.public_key(DAY)
    for store in (key_dir, key_copy):
        (store / "days" / f"{DAY}.key").unlink()
    assert three_days.open_contacts([(DAY, pid(1)), (NEXT, pid(4))]) == ["unreadable", CANARY]


def test_thousands_of_passes_are_grouped_in_a_few_queries(vault):
    public = vault.public_key(DAY)
    people = [replace(CANARY, phone=f"+8210{number:08}") for number in range(300)]
    sealed = seal(public, DAY, pid(0), CANARY)  # what is sealed plays no part in grouping
    for day in (DAY, NEXT):
        vault.deposit_many(day, [(pid(n), sealed, people[n % 300]) for n in range(1_200)])
    queries = []
    event.listen(vault.store._engine, "before_cursor_execute", lambda *call: queries.append(call[2]))
    asked = [(day, pid(n)) for n in range(1_210) for day in (DAY, NEXT)]
    grouped = vault.group(asked)
    assert list(grouped) == asked
    assert len(set(grouped.values())) == 2 * 300 + 2 * 10
    assert all(grouped[day, pid(n)] == grouped[day, pid(n % 300)] for day in (DAY, NEXT) for n in range(1_200))
    assert len([one for one in queries if one.startswith("SELECT records")]) == 6
    assert len(set(vault.open_contacts(asked[:1_100]))) == 2  # bound to another pass, all but the first


def test_a_contact_is_forgotten_for_good_and_the_other_passes_stay(three_days, kind):
    vault = three_days
    vault.store.write(lambda db: db.execute(insert(card_days).values(day=DAY, blind=b"card", pid=pid(1))))
    with vault.store.read() as db:
        sealed = db.execute(select(records.c.sealed).where(records.c.pid == pid(1))).scalar_one()
    assert vault.forget(DAY, pid(1))
    assert not vault.forget(DAY, pid(1))
    assert not vault.forget(NEXT, pid(1))
    assert vault.open_contacts([(DAY, pid(1)), (DAY, pid(3))]) == ["unreadable", CANARY]
    assert vault.find_passes(CANARY.phone, [DAY]) == [(DAY, pid(3))]
    assert vault.count_day(DAY).cards == 0
    if kind == "sqlite":
        path = vault.store.path
        assert not [one for one in path.parent.glob(f"{path.name}*") if sealed in one.read_bytes()]


def test_small_secrets_are_bound_to_their_purpose_and_to_the_vault(vault):
    wrapped = vault.wrap_small(b"factor|a", b"a small secret")
    assert vault.unwrap_small(b"factor|a", wrapped) == b"a small secret"
    assert b"small secret" not in wrapped
    for purpose, data in ((b"factor|b", wrapped), (b"factor|a", wrapped[:-1]), (b"factor|a", b"")):
        with pytest.raises(KeysUnsafe):
            vault.unwrap_small(purpose, data)
    with pytest.raises(KeysUnsafe):
        unwrap_small(bytes(32), b"factor|a", wrapped)


def test_the_public_key_of_another_database_is_noticed(opened, vault):
    vault.public_key(DAY)
    change = update(day_keys).values(public_key=bytes(32))
    vault.store.write(lambda db: db.execute(change))
    vault.close()
    with pytest.raises(KeysUnsafe):
        opened()


def test_the_days_that_hold_anything_are_looked_up_and_not_read_through(vault, kind):
    """Whoever watches the service asks this often: never by reading every record."""
    for day in (DAY, DAY + timedelta(days=3)):
        for number in range(3):
            vault.deposit(day, pid(number), CANARY)
    asked = []

    def note(connection, cursor, statement, parameters, context, executemany):
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with vault.store.read() as db:
            assert of_records.days_of(db) == {DAY, DAY + timedelta(days=3)}
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    if kind == "sqlite":
        with vault.store.read() as db:
            plans = [
                str(db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
                for statement, parameters in asked
                if "FROM records" in statement
            ]
        assert len(plans) == 3
        assert not [plan for plan in plans if "SCAN" in plan]
