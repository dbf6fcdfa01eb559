"""Deposits: sealed, counted by person and day, the same pass once, and nothing personal in the clear anywhere."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, select, text

from entry_service.core import contacts
from entry_service.core.errors import BadInput
from entry_service.core.model import Contact
from entry_service.vault import seal
from entry_service.vault.sealing import PADDED, Unreadable, unseal
from entry_service.vault.tables import records

from .conftest import CANARY, DAY, pid

TOMORROW = DAY + timedelta(days=1)
PERSONAL = [
    word.encode(encoding)
    for word in (CANARY.name, CANARY.phone, CANARY.phone[3:], CANARY.residence, "12가34나")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "cp949")
] + [b"\\ud", b"010-0876", b"08761234"]


def kept(vault):
    with vault.store.read() as db:
        return db.execute(select(records).order_by(records.c.record_id)).all()


def open_record(vault, row):
    return unseal(vault._day_key(row.day).private, row.day, row.pid, row.sealed)


def test_a_deposit_can_be_opened_with_the_key_of_its_day_and_with_nothing_else(vault):
    assert vault.deposit(DAY, pid(1), CANARY) == "accepted"
    [row] = kept(vault)
    assert (row.day, row.pid, row.over_cap) == (DAY, pid(1), False)
    assert open_record(vault, row) == CANARY
    private = vault._day_key(DAY).private
    other = vault._day_key(TOMORROW).private
    for key, day, of in ((other, DAY, pid(1)), (private, TOMORROW, pid(1)), (private, DAY, pid(2))):
        with pytest.raises(Unreadable):
            unseal(key, day, of, row.sealed)
    for at in Random(3).sample(range(len(row.sealed)), 40):
        damaged = bytearray(row.sealed)
        damaged[at] ^= 1
        with pytest.raises(Unreadable):
            unseal(private, DAY, pid(1), bytes(damaged))


def test_the_size_of_a_record_says_nothing(vault):
    longest = Contact(
        name="😀" * contacts.LONGEST_NAME,
        phone="+821012345678",
        residence="😀" * contacts.LONGEST_RESIDENCE,
    )
    sizes = {len(seal(vault.public_key(DAY), DAY, pid(1), who)) for who in (CANARY, longest, Contact(name="A"))}
    assert sizes == {PADDED + 48}
    with pytest.raises(ValueError, match="too long"):
        seal(vault.public_key(DAY), DAY, pid(1), replace(longest, name="가" * 80))


def test_the_same_pass_again_keeps_the_first_record(vault):
    assert vault.deposit(DAY, pid(1), CANARY) == "accepted"
    assert vault.deposit(DAY, pid(1), replace(CANARY, phone="+821001112222")) == "accepted"
    [row] = kept(vault)
    assert open_record(vault, row) == CANARY
    vault.deposit(TOMORROW, pid(1), CANARY)
    assert len(kept(vault)) == 2


def test_the_same_pass_by_many_at_once_is_one_record(vault):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: vault.deposit(DAY, pid(1), CANARY), range(12)))
    assert set(answers) == {"accepted"}
    assert len(kept(vault)) == 1


def test_over_the_cap_is_told_and_kept_all_the_same(vault):
    answers = [vault.deposit(DAY, pid(number), CANARY) for number in range(5)]
    assert answers == ["accepted"] * 3 + ["over_cap"] * 2
    assert [row.over_cap for row in kept(vault)] == [False] * 3 + [True] * 2
    assert open_record(vault, kept(vault)[4]) == CANARY
    assert vault.deposit(DAY, pid(4), CANARY) == "over_cap"  # the same pass, the same answer
    assert vault.deposit(DAY, pid(9), replace(CANARY, phone="+821001112222")) == "accepted"
    assert vault.deposit(TOMORROW, pid(5), CANARY) == "accepted"


def test_many_at_once_do_not_pass_the_cap(vault):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda number: vault.deposit(DAY, pid(number), CANARY), range(12)))
    assert answers.count("accepted") == 3


def test_the_cap_counts_the_person_however_the_record_differs(vault):
    others = [
        CANARY,
        replace(CANARY, name="다른 이름"),
        replace(CANARY, residence=""),
        replace(CANARY, verified=False),
    ]
    assert [vault.deposit(DAY, pid(i), who) for i, who in enumerate(others)] == ["accepted"] * 3 + ["over_cap"]


def test_a_record_sealed_elsewhere_is_opened_to_be_counted(vault):
    public = vault.public_key(DAY)
    typed = replace(CANARY, verified=False)
    for number in range(3):
        assert vault.deposit(DAY, pid(number), seal(public, DAY, pid(number), typed)) == "accepted"
    assert vault.deposit(DAY, pid(3), CANARY) == "over_cap"
    assert {open_record(vault, row) for row in kept(vault)} == {CANARY, typed}


@pytest.mark.parametrize(
    "record",
    [
        lambda public: b"",
        lambda public: bytes(PADDED + 48),
        lambda public: seal(public, DAY, pid(1), CANARY),
        lambda public: seal(public, DAY, pid(2), CANARY),
        lambda public: seal(public, TOMORROW, pid(1), CANARY),
        lambda public: seal(
            x25519.X25519PrivateKey.generate().public_key().public_bytes_raw(), DAY, pid(1), CANARY
        ),
    ],
    ids=["empty", "zeros", "verified", "another pass", "another day", "another key"],
)
def test_a_sealed_record_that_does_not_open_or_vouches_for_itself_is_refused_and_not_kept(vault, record):
    with pytest.raises(BadInput):
        vault.deposit(DAY, pid(1), record(vault.public_key(DAY)))
    assert kept(vault) == []


def test_passes_of_one_person_and_day_share_an_ordinal(vault):
    vault.deposit(DAY, pid(1), CANARY)
    vault.deposit(DAY, pid(2), replace(CANARY, name="다르게 적은 이름"))
    vault.deposit(DAY, pid(3), replace(CANARY, phone="+821001112222"))
    vault.deposit(DAY, pid(4), Contact(name="A", safety_code="12가34나"))
    vault.deposit(DAY, pid(5), Contact(name="B", safety_code="12가34나"))
    vault.deposit(TOMORROW, pid(1), CANARY)
    asked = [(DAY, pid(number)) for number in (3, 1, 2, 4, 5, 8, 9)] + [(TOMORROW, pid(1))]
    grouped = vault.group(asked)
    assert list(grouped) == asked
    assert list(grouped.values()) == [1, 2, 2, 3, 3, 4, 5, 6]
    assert vault.group([]) == {}


def test_bulk_deposits_are_like_single_ones(vault):
    public = vault.public_key(DAY)
    many = [(pid(number), seal(public, DAY, pid(number), CANARY), CANARY) for number in range(5)]
    assert vault.deposit_many(DAY, many) == 5
    assert vault.deposit_many(DAY, []) == 0
    assert {open_record(vault, row) for row in kept(vault)} == {CANARY}
    assert set(vault.group([(DAY, pid(number)) for number in range(5)]).values()) == {1}
    assert vault.deposit(DAY, pid(9), CANARY) == "over_cap"


def test_days_share_nothing_by_which_a_person_could_be_followed(vault):
    for day in (DAY, TOMORROW):
        vault.deposit(day, pid(day.day), CANARY)
    first, second = kept(vault)
    assert first.blind != second.blind
    assert first.sealed != second.sealed
    assert vault.public_key(DAY) != vault.public_key(TOMORROW)


def test_nothing_personal_is_in_the_clear_in_any_table_or_file(vault, url, kind):
    vault.deposit(DAY, pid(1), CANARY)
    vault.deposit(DAY, pid(2), Contact(name=CANARY.name, safety_code="12가34나"))
    connected = create_engine(url)
    with connected.connect() as connection:
        names = inspect(connection).get_table_names()
        cells = [
            cell if isinstance(cell, bytes) else str(cell).encode()
            for name in names
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))
            for cell in row
        ]
    connected.dispose()
    assert [word for word in PERSONAL for cell in cells if word in cell] == []
    if kind == "sqlite":
        files = {
            path.suffix: path.read_bytes() for path in vault.store.path.parent.glob(f"{vault.store.path.name}*")
        }
        assert {".sqlite", ".sqlite-wal"} <= set(files)
        assert kept(vault)[0].sealed in files[".sqlite-wal"]  # the search would find what is there
        assert [word for word in PERSONAL for content in files.values() if word in content] == []


@given(
    name=st.text(min_size=1, max_size=40).filter(lambda text: text.strip()),
    phone=st.from_regex(r"\+821[016-9][0-9]{7,8}", fullmatch=True),
    residence=st.text(max_size=10),
    verified=st.booleans(),
)
def test_whatever_was_sealed_comes_back(name, phone, residence, verified):
    private = x25519.X25519PrivateKey.from_private_bytes(bytes(range(32)))
    try:
        contact = Contact(
            name=contacts.normalise_name(name),
            phone=phone,
            residence=contacts.normalise_residence(residence),
            verified=verified,
        )
    except BadInput:
        return
    sealed = seal(private.public_key().public_bytes_raw(), DAY, pid(1), contact)
    assert unseal(private, DAY, pid(1), sealed) == contact
