"""Passwords: long enough, not guessable, hashed two at a time, and never more than a kilobyte of them."""

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest

from entry_service import passwords
from entry_service.core.errors import BadInput, TooMany
from entry_service.passwords import assert_good_password, draw_password, hash_password, verify_password

GOOD = "느티나무-수리산-작은-도서관-1989"


def refused(password, login="officer"):
    with pytest.raises(BadInput) as refusal:
        assert_good_password(password, login=login, shortest=15)
    return refusal.value.sentence


def test_a_hash_costs_what_owasp_asks():
    assert hash_password(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["", "x", "a8#kQ!z2vR9pLm", "가나다라마바사아자차카타파하"])
def test_fourteen_characters_are_too_short(password):
    assert "15자 이상" in refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "P@sswordP@ssword1",
        "qwertyuiopasdfghjkl",
        "1q2w3e4r5t6y7u8i",
        "1qaz2wsx3edc4rfv",
        "zxcvbnmasdfghjkl",
        "abcdefghijklmnop",
        "123456789012345",
        "9876543210987654",
        "aaaaaaaaaaaaaaaa",
        "gunpo-gunpo-2020",
        "군포군포군포군포군포군포군포군포",
        "전자출입명부전자출입명부전자출입명부",
        "가나다라마바사아자차카타파하1234",
        "officerofficer12",
        "IloveyouIloveyou",
    ],
)
def test_what_everybody_guesses_is_refused(password):
    assert len(unicodedata.normalize("NFKC", password)) >= 15
    assert "짐작하기 쉬운" in refused(password)


def test_a_password_with_a_nul_is_refused():
    assert refused(GOOD + "\0")


@pytest.mark.parametrize(
    "password", [GOOD, "x7#" * 3 + "수리산 둘레길", "correct horse battery staple", "봄" * 9 + "여름가을겨울봄볕"]
)
def test_phrases_and_hangul_are_good_without_rules_of_composition(password):
    assert_good_password(password, login="officer", shortest=15)


def test_sixty_four_characters_and_many_more_are_taken_whole():
    long = "수리산 둘레길의 작은 도서관 " * 20  # 320 characters, 800 bytes
    assert_good_password(long, login="officer", shortest=15)
    kept = hash_password(long)
    assert verify_password(kept, long)
    assert not verify_password(kept, long[:-1])


def test_hangul_typed_in_parts_is_the_same_password():
    parts = unicodedata.normalize("NFD", GOOD)
    assert parts != GOOD
    assert verify_password(hash_password(GOOD), parts)


def test_more_than_a_kilobyte_is_refused_before_hashing(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", None)
    for act in (hash_password, lambda text: verify_password("$argon2id$x", text)):
        with pytest.raises(BadInput):
            act("가" * 342)


def test_fifty_sign_ins_at_once_hash_two_at_a_time_and_the_rest_is_told_to_wait(monkeypatch):
    running, most, lock, gate = [0], [0], threading.Lock(), threading.Event()

    class Slow:
        def verify(self, *_):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            gate.wait(5)
            with lock:
                running[0] -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow())
    monkeypatch.setattr(passwords, "PATIENCE", 0.2)

    def attempt(_):
        try:
            return verify_password("$argon2id$x", GOOD)
        except TooMany as busy:
            return busy.facts["retry_after"]

    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(attempt, number) for number in range(50)]
        threading.Timer(1.5, gate.set).start()
        came = [answer.result() for answer in answers]
    assert most == [passwords.AT_ONCE]
    assert (came.count(True), came.count(2)) == (2, 48)


def test_drawn_passwords_are_good():
    for _ in range(300):
        assert_good_password(draw_password(15), login="officer", shortest=15)
