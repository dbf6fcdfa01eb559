"""A vault in another process answers as one in this process does, and comes back after whatever ended it."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from entry_service.core.errors import BadInput, NotFound, ScanConflict, Unavailable
from entry_service.core.model import Contact
from entry_service.store.database.engine import open_store
from entry_service.vault import remote as module
from entry_service.vault import wire
from entry_service.vault.cards import CardRecord
from entry_service.vault.remote import RemoteVault
from entry_service.vault.sealing import seal
from entry_service.vault.tables import records
from entry_service.vault.verification import CodeRefused
from tests.vault.conftest import CANARY, DAY, pid

from .apart import VaultProcess

NOW = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def apart(databases, kind):
    """Return a running vault's process on either database."""
    process = VaultProcess(databases.new(kind, "vault"), ENTRY_DAILY_CAP="3")
    yield process.start()
    process.close()


def person(number: int) -> Contact:
    return Contact(name="방문자", phone=f"+82100000{number:04}")


def test_deposits_caps_and_groups_are_those_of_the_vault(apart):
    vault = apart.remote()
    public = vault.public_key(DAY)
    assert len(public) == 32
    assert [vault.deposit(DAY, pid(number), person(1)) for number in range(4)] == ["accepted"] * 3 + ["over_cap"]
    assert vault.deposit(DAY, pid(3), person(1)) == "over_cap"  # the same pass again
    assert vault.deposit(NEXT, pid(9), person(1)) == "accepted"
    assert vault.deposit(DAY, pid(8), seal(public, DAY, pid(8), person(2))) == "accepted"
    passes = [(DAY, pid(0)), (NEXT, pid(9)), (DAY, pid(3)), (DAY, pid(8)), (DAY, pid(77))]
    grouped = vault.group(one for one in passes)
    assert grouped.keys() == set(passes)
    assert grouped[DAY, pid(0)] == grouped[DAY, pid(3)]
    assert len(set(grouped.values())) == 4


def test_refusals_come_as_the_class_that_was_raised(apart):
    vault = apart.remote()
    public = vault.public_key(DAY)
    with pytest.raises(BadInput) as refused:
        vault.deposit(DAY, pid(1), b"no sealed contact")
    assert refused.value.facts == {"field": "sealed"}
    vault.deposit(DAY, pid(1), seal(public, DAY, pid(1), person(1)))
    with pytest.raises(ScanConflict):
        vault.deposit(DAY, pid(1), seal(public, DAY, pid(1), person(2)))
    with pytest.raises(NotFound):
        vault.cards.revoke("AAAAAAAA", issued_by="GP-001", now=NOW)
    challenge = vault.verification.begin("+821000001234", NOW)
    with pytest.raises(CodeRefused):
        vault.verification.confirm(challenge.challenge_id, "+821000001234", "00000x", NOW)


def test_cards_codes_and_certificates_cross(apart):
    vault = apart.remote()
    card = vault.cards.issue(person(1), issued_by="GP-001", now=NOW, secret=bytes(10), number=bytes(8))
    assert vault.cards.present(card.text, DAY, NOW, pid(5)) == (pid(5), "accepted")
    assert vault.cards.present(card.text, DAY, NOW, pid(6)) == (pid(5), "accepted")
    [listed] = vault.cards.all("GP-001")
    assert isinstance(listed, CardRecord)
    assert listed.state(NOW) == "valid"
    challenge = vault.verification.begin("+821000001234", NOW)
    code = vault.verification.messages()[0].text[-6:]
    certificate, ends = vault.verification.confirm(challenge.challenge_id, "+821000001234", code, NOW)
    assert vault.verification.holds(certificate, "+821000001234", NOW) == ends


def test_a_vault_that_is_away_is_unavailable_and_found_again(apart):
    vault = apart.remote()
    vault.deposit(DAY, pid(1), person(1))
    apart.kill()
    began = time.monotonic()
    with pytest.raises(Unavailable) as away:
        vault.deposit(DAY, pid(2), person(2))
    assert time.monotonic() - began < 1
    assert (away.value.status, away.value.facts) == (503, {"reason": "vault"})
    assert not vault.answers()
    apart.start()
    assert vault.answers()
    assert vault.deposit(DAY, pid(2), person(2)) == "accepted"


def test_after_a_restart_not_even_what_may_not_be_repeated_is_refused(apart):
    vault = apart.remote()
    ends = [threading.Thread(target=vault.public_key, args=(DAY,)) for _ in range(4)]
    for one in ends:
        one.start()
    for one in ends:
        one.join()
    assert apart.stop() == 0
    apart.start()
    assert vault.verification.begin("+821000001234", NOW)


def test_killed_under_load_the_vault_has_every_deposit_it_acknowledged(apart):
    vault, numbers, acknowledged, refused, ended = apart.remote(), count(1), [], [], threading.Event()

    def deposit_on() -> None:
        while not ended.is_set():
            number = next(numbers)
            try:
                vault.deposit(DAY, pid(number), person(number % 5000))
                acknowledged.append(number)
            except Unavailable:
                refused.append(number)
                time.sleep(0.02)

    doors = [threading.Thread(target=deposit_on) for _ in range(8)]
    for door in doors:
        door.start()
    for _ in range(3):
        before = len(acknowledged)
        wait_until(lambda before=before: len(acknowledged) > before + 60)
        apart.kill()
        wait_until(lambda: refused)
        apart.start()
        refused.clear()
    before = len(acknowledged)
    wait_until(lambda: len(acknowledged) > before + 60)
    ended.set()
    for door in doors:
        door.join()
    apart.stop()
    store = open_store(apart.environment["ENTRY_VAULT_URL"], writer=False)
    with store.read() as db:
        kept = db.execute(select(records.c.pid)).scalars().all()
    store.close()
    assert set(map(pid, acknowledged)) - set(kept) == set()
    assert len(kept) == len(set(kept))


def wait_until(holds) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def in_its_place(folder: Path, behave):
    """Give the address of a server that treats each connection as ``behave`` says, and what it was asked."""
    path, asked = folder / "vault.sock", []
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(ConnectionError):
                    while (request := wire.receive(connection)) is not None:
                        asked.append(request["call"])
                        if not behave(connection):
                            break

    thread = threading.Thread(target=serve)
    thread.start()
    vault = RemoteVault(path, connections=1)
    try:
        yield vault, asked
    finally:
        vault.close()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        listener.close()


def test_without_an_answer_only_what_may_be_repeated_is_asked_once_more(tmp_path):
    with in_its_place(tmp_path, lambda connection: False) as (vault, asked):
        with pytest.raises(Unavailable):
            vault.deposit(DAY, pid(1), CANARY)
        assert asked == ["deposit"] * 2
        asked.clear()
        with pytest.raises(Unavailable):
            vault.verification.begin("+821000001234", NOW)
        assert asked == ["verification.begin"]


def test_the_second_answer_counts(tmp_path):
    turns = count()

    def second(connection) -> bool:
        if next(turns) == 0:
            return False
        connection.sendall(wire.pack({"value": "accepted"}))
        return True

    with in_its_place(tmp_path, second) as (vault, asked):
        assert vault.deposit(DAY, pid(1), CANARY) == "accepted"
        assert asked == ["deposit"] * 2


def test_a_vault_that_says_nothing_is_waited_for_no_longer_than_the_table_says(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_FOR_A_CONNECTION", 0.2)
    silent = threading.Event()
    with in_its_place(tmp_path, lambda connection: not silent.wait(20)) as (vault, asked):
        waiting = threading.Thread(target=lambda: suppressed(vault))
        began = time.monotonic()
        waiting.start()
        wait_until(lambda: asked)
        with pytest.raises(Unavailable) as busy:  # the only connection is in use
            vault.public_key(DAY)
        assert busy.value.facts == {"reason": "busy"}
        waiting.join(20)
        assert 4 < time.monotonic() - began < 8
        assert asked == ["deposit"]  # late is not lost: it is not asked again
        silent.set()


def suppressed(vault: RemoteVault) -> None:
    with suppress(Unavailable):
        vault.deposit(DAY, pid(1), CANARY)


@pytest.mark.parametrize("answer", [{"failed": True}, {}, {"refused": {"code": "of_tomorrow"}}])
def test_an_answer_that_says_nothing_known_is_unavailable(tmp_path, answer):
    with in_its_place(tmp_path, lambda door: door.sendall(wire.pack(answer)) is None) as (vault, _):
        with pytest.raises(Unavailable) as failed:
            vault.deposit(DAY, pid(1), CANARY)
        assert failed.value.facts == {"reason": "vault"}


def test_nobody_listens_at_all(tmp_path):
    vault = RemoteVault(tmp_path / "vault.sock")
    with pytest.raises(Unavailable):
        vault.deposit(date(2020, 8, 25), pid(1), CANARY)
    vault.close()
