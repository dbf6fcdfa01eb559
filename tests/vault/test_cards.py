"""Printed cards: the database alone opens nothing, no column links two days, and an ended card is ended."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import create_engine, inspect, select, text

from entry_service.core.cards import PREFIX, CardRevoked, CardUnknown, card_secret, card_text
from entry_service.core.errors import NotFound
from entry_service.core.model import Contact
from entry_service.vault.cards import LIFETIME
from entry_service.vault.sealing import unseal
from entry_service.vault.tables import card_days, cards, records

from .conftest import CANARY, DAY

NOW = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
TOMORROW = DAY + timedelta(days=1)
CONTACT = Contact(name="", phone=CANARY.phone, residence=CANARY.residence)


@pytest.fixture
def random():
    numbers = count()
    return lambda size: hashlib.sha256(f"card {next(numbers)}".encode()).digest()[:size]


@pytest.fixture
def issue(vault, random):
    def give(contact=CONTACT, now=NOW, place="GP-001", **options):
        return vault.cards.issue(contact, issued_by=place, now=now, secret=random(10), number=random(8), **options)

    return give


def rows(vault, table):
    with vault.store.read() as db:
        return db.execute(select(table)).all()


def cells(url):
    connected = create_engine(url)
    with connected.connect() as connection:
        found = [
            cell if isinstance(cell, bytes) else str(cell).encode()
            for name in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))
            for cell in row
        ]
    connected.dispose()
    return found


def test_a_card_text_is_short_and_read_however_it_was_typed():
    secret = bytes(range(10))
    shown = card_text(secret)
    assert shown == "EPK1000G40R40M30E209"
    assert len(shown) == 20
    for typed in (shown, shown.lower(), " EPK1 000G-40R4 0M30-E209 ", "EPK1OOOG4OR4OM3OE2O9"):
        assert card_secret(typed) == secret
    for wrong in ("", "EPK1", shown[:-1], shown + "0", "EPC1" + shown[4:], shown[:-1] + "*", "EPK1" + "가" * 16):
        with pytest.raises(CardUnknown):
            card_secret(wrong)


def test_a_presented_card_deposits_its_contact_under_one_pass_a_day(vault, issue, random):
    card = issue()
    first, verdict = vault.cards.present(card.text, DAY, NOW, random(8))
    assert verdict == "accepted"
    assert len(first) == 8
    assert vault.cards.present(card.text.lower(), DAY, NOW + timedelta(hours=3), random) == (first, "accepted")
    second, _ = vault.cards.present(card.text, TOMORROW, NOW + timedelta(days=1), random(8))
    assert second != first
    kept = rows(vault, records)
    assert [(row.day, row.pid) for row in kept] == [(DAY, first), (TOMORROW, second)]
    for row in kept:
        assert unseal(vault._day_key(row.day).private, row.day, row.pid, row.sealed) == CONTACT


def test_the_database_alone_opens_nothing_and_holds_no_text(vault, issue, random, url):
    card = issue()
    vault.cards.present(card.text, DAY, NOW, random(8))
    secret = card_secret(card.text)
    personal = [CANARY.phone.encode(), CANARY.phone[3:].encode(), CANARY.residence.encode(), card.text.encode()]
    personal += [card.text[len(PREFIX) :].encode(), secret, secret.hex().encode()]
    assert [word for word in personal for cell in cells(url) if word in cell] == []
    [row] = rows(vault, cards)
    assert row.card_id not in card.text


def test_no_column_links_two_days_of_a_card_nor_a_day_to_the_card(vault, issue, random):
    card, other = issue(), issue()
    for day in (DAY, TOMORROW):
        for one in (card, other):
            vault.cards.present(one.text, day, NOW, random(8))
    days = rows(vault, card_days)
    assert len(days) == 4
    for column in ("blind", "pid"):
        assert len({getattr(row, column) for row in days}) == 4
    mine = rows(vault, cards)
    of_cards = {cell for row in mine for cell in (row.card_id, row.token_hash, row.sealed)}
    assert not of_cards & {cell for row in days for cell in (row.blind, row.pid)}
    assert len({row.sealed for row in mine}) == 2  # two cards of one contact have nothing in common
    assert len({len(row.sealed) for row in mine}) == 1


def test_an_unknown_card_and_the_number_printed_on_one_open_nothing(vault, issue, random):
    card = issue()
    for wrong in (card_text(bytes(10)), card.card_id, PREFIX + card.card_id * 2, ""):
        with pytest.raises(CardUnknown):
            vault.cards.present(wrong, DAY, NOW, random(8))
    assert rows(vault, records) == []
    assert rows(vault, card_days) == []


def test_a_revoked_card_is_refused_at_once_and_its_contact_forgotten(vault, issue, random):
    card = issue()
    pid, _ = vault.cards.present(card.text, DAY, NOW, random(8))
    vault.cards.revoke(card.card_id, issued_by="GP-001", now=NOW)
    with pytest.raises(CardRevoked):
        vault.cards.present(card.text, DAY, NOW, random(8))
    [row] = rows(vault, cards)
    assert (row.sealed, row.revoked_at) == (b"", NOW)
    vault.cards.revoke(card.card_id, issued_by="GP-001", now=NOW + timedelta(hours=1))
    assert rows(vault, cards)[0].revoked_at == NOW
    assert [row.pid for row in rows(vault, records)] == [pid]  # the entry that happened is still there


def test_only_the_facility_that_gave_a_card_out_ends_it(vault, issue, random):
    card = issue()
    for card_id, place in ((card.card_id, "GP-002"), ("UNKNOWN0", "GP-001")):
        with pytest.raises(NotFound):
            vault.cards.revoke(card_id, issued_by=place, now=NOW)
    assert vault.cards.present(card.text, DAY, NOW, random(8))


def test_a_card_ends_by_itself_and_its_contact_with_the_next_card(vault, issue, random):
    card = issue()
    last = NOW + LIFETIME - timedelta(microseconds=1)
    assert vault.cards.present(card.text, DAY, last, random(8))
    with pytest.raises(CardRevoked):
        vault.cards.present(card.text, DAY, NOW + LIFETIME, random(8))
    issue(now=NOW + LIFETIME)
    assert [row.sealed == b"" for row in sorted(rows(vault, cards), key=lambda row: row.issued_at)] == [
        True,
        False,
    ]


def test_the_list_has_numbers_and_dates_only(vault, issue):
    old, new = issue(), issue(now=NOW + timedelta(days=1))
    issue(place="GP-002")
    listed = vault.cards.all("GP-001")
    assert [one.card_id for one in listed] == [new.card_id, old.card_id]
    assert set(listed[0].__slots__) == {"card_id", "issued_at", "expires_at", "revoked_at"}
    vault.cards.revoke(old.card_id, issued_by="GP-001", now=NOW)
    states = [one.state(NOW + timedelta(days=2)) for one in vault.cards.all("GP-001")]
    assert states == ["valid", "revoked"]
    assert vault.cards.all("GP-001")[0].state(NOW + LIFETIME + timedelta(days=1)) == "expired"


def test_a_card_counts_against_the_daily_cap_once_a_day(vault, issue, random):
    texts = [issue().text for _ in range(4)]
    verdicts = [vault.cards.present(shown, DAY, NOW, random(8))[1] for shown in texts]
    assert verdicts == ["accepted"] * 3 + ["over_cap"]
    assert vault.cards.present(texts[3], DAY, NOW, random(8))[1] == "over_cap"
    assert vault.cards.present(texts[0], DAY, NOW, random(8))[1] == "accepted"


def test_presented_at_many_doors_at_once_a_card_has_one_pass(vault, issue, random):
    card = issue()
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: vault.cards.present(card.text, DAY, NOW, random(8)), range(8)))
    assert len(answers) == 1
    assert len(rows(vault, records)) == len(rows(vault, card_days)) == 1


def test_a_pass_whose_deposit_was_lost_gets_it_at_the_next_reading(vault, issue, random, monkeypatch):
    card = issue()
    with monkeypatch.context() as broken:
        broken.setattr(vault, "deposit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            vault.cards.present(card.text, DAY, NOW, random(8))
    [day] = rows(vault, card_days)
    assert vault.cards.present(card.text, DAY, NOW, random(8)) == (day.pid, "accepted")
    assert [row.pid for row in rows(vault, records)] == [day.pid]
