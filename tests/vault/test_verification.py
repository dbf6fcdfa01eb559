"""Phone verification: few tries, shared by parallel guesses; budgets; a certificate of one number."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import func, select

from entry_service.core.errors import TooMany
from entry_service.vault import verification
from entry_service.vault.tables import challenges
from entry_service.vault.verification import CertificateRefused, CodeRefused, SimulatedSms, Verification

PHONE, OTHER = "+821012345678", "+821007654321"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def sms():
    return SimulatedSms()


@pytest.fixture
def verify(vault, sms):
    return Verification(vault.store, vault.subject_key, KEY, sms, random_code=lambda: "314159")


@pytest.fixture
def certificate(verify, now):
    challenge = verify.begin(PHONE, now)
    return verify.confirm(challenge.challenge_id, PHONE, "314159", now)[0]


def test_the_code_that_was_sent_gives_a_certificate(verify, sms, now):
    challenge = verify.begin(PHONE, now)
    assert challenge.expires_at == now + verification.LIFETIME
    [message] = sms.messages()
    assert (message.phone, message.at) == ("010-****-5678", now)
    assert message.text.endswith("314159")
    certificate, ends = verify.confirm(challenge.challenge_id, PHONE, "314159", now + MINUTE)
    assert ends == now + MINUTE + verification.CERTIFICATE_LIFETIME
    assert verify.holds(certificate, PHONE, now + MINUTE) == ends


def test_codes_are_random_and_have_six_digits(vault, sms, now):
    verify = Verification(vault.store, vault.subject_key, KEY, sms)
    for number in range(5):
        verify.begin(PHONE, now + number * MINUTE)
    codes = {message.text[-6:] for message in sms.messages()}
    assert len(codes) > 1
    assert all(code.isdigit() for code in codes)


@pytest.mark.parametrize(
    ("phone", "code", "later"),
    [
        (PHONE, "314158", MINUTE),
        (PHONE, "", MINUTE),
        (PHONE, "３１４１５９", MINUTE),
        (OTHER, "314159", MINUTE),
        (PHONE, "314159", verification.LIFETIME),
    ],
    ids=["wrong", "empty", "full-width", "another number", "too late"],
)
def test_a_wrong_answer_is_refused_without_saying_why(verify, now, phone, code, later):
    challenge = verify.begin(PHONE, now)
    with pytest.raises(CodeRefused) as refused:
        verify.confirm(challenge.challenge_id, phone, code, now + later)
    assert refused.value.facts == {}


def test_an_unknown_challenge_and_a_used_one_are_refused(verify, now):
    challenge = verify.begin(PHONE, now)
    with pytest.raises(CodeRefused):
        verify.confirm("unknown", PHONE, "314159", now)
    verify.confirm(challenge.challenge_id, PHONE, "314159", now)
    with pytest.raises(CodeRefused):
        verify.confirm(challenge.challenge_id, PHONE, "314159", now)


def test_after_five_tries_the_right_code_is_refused_too(verify, now):
    challenge = verify.begin(PHONE, now)
    for guess in range(5):
        with pytest.raises(CodeRefused):
            verify.confirm(challenge.challenge_id, PHONE, f"00000{guess}", now)
    with pytest.raises(CodeRefused):
        verify.confirm(challenge.challenge_id, PHONE, "314159", now)


def test_a_number_has_ten_tries_an_hour_however_many_codes_it_gets(verify, now):
    for number in range(2):
        challenge = verify.begin(PHONE, now + number * MINUTE)
        for guess in range(5):
            with pytest.raises(CodeRefused):
                verify.confirm(challenge.challenge_id, PHONE, f"00000{guess}", now + number * MINUTE)
    third, later = verify.begin(PHONE, now + 2 * MINUTE), now + 3 * MINUTE
    with pytest.raises(CodeRefused):
        verify.confirm(third.challenge_id, PHONE, "314159", later)
    other = verify.begin(OTHER, later)
    assert verify.confirm(other.challenge_id, OTHER, "314159", later)
    fourth = verify.begin(PHONE, now + HOUR + MINUTE)
    assert verify.confirm(fourth.challenge_id, PHONE, "314159", now + HOUR + MINUTE)


def test_the_fifth_try_may_be_the_right_one(verify, now):
    challenge = verify.begin(PHONE, now)
    for guess in range(4):
        with pytest.raises(CodeRefused):
            verify.confirm(challenge.challenge_id, PHONE, f"00000{guess}", now)
    assert verify.confirm(challenge.challenge_id, PHONE, "314159", now)


def test_parallel_guesses_share_the_five_tries(verify, vault, now):
    challenge = verify.begin(PHONE, now)

    def guess(number):
        try:
            verify.confirm(challenge.challenge_id, PHONE, f"{number:06}", now)
        except CodeRefused:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(guess, range(40)))
    with vault.store.read() as db:
        assert db.execute(select(challenges.c.tries)).scalar_one() == 5
    with pytest.raises(CodeRefused):
        verify.confirm(challenge.challenge_id, PHONE, "314159", now)


def test_one_right_code_sent_by_many_at_once_is_used_once(verify, now):
    challenge = verify.begin(PHONE, now)

    def confirm(_):
        try:
            return verify.confirm(challenge.challenge_id, PHONE, "314159", now)
        except CodeRefused:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert sum(answer is not None for answer in pool.map(confirm, range(8))) == 1


def test_a_number_gets_a_few_codes_an_hour(verify, sms, now):
    for number in range(verification.PER_PHONE_AND_HOUR):
        verify.begin(PHONE, now + number * MINUTE)
    with pytest.raises(TooMany) as refused:
        verify.begin(PHONE, now + 59 * MINUTE)
    assert refused.value.facts["retry_after"] == 3600
    assert len(sms.messages()) == verification.PER_PHONE_AND_HOUR
    verify.begin(OTHER, now + 59 * MINUTE)
    verify.begin(PHONE, now + HOUR)


def test_parallel_requests_share_the_budget_of_a_number(verify, sms, now):
    def begin(_):
        try:
            return verify.begin(PHONE, now)
        except TooMany:
            return None

    with ThreadPoolExecutor(12) as pool:
        sent = [answer for answer in pool.map(begin, range(12)) if answer]
    assert len(sent) == len(sms.messages()) == verification.PER_PHONE_AND_HOUR


def test_all_numbers_together_have_a_budget(verify, sms, now, monkeypatch):
    monkeypatch.setattr(verification, "PER_HOUR", 3)
    for number in range(3):
        verify.begin(f"+82101111000{number}", now)
    with pytest.raises(TooMany):
        verify.begin(PHONE, now)
    assert len(sms.messages()) == 3


def test_challenges_that_serve_no_rule_any_more_are_deleted(verify, vault, now):
    verify.begin(PHONE, now)
    verify.begin(OTHER, now + HOUR)
    with vault.store.read() as db:
        assert db.execute(select(func.count()).select_from(challenges)).scalar_one() == 1


def test_neither_number_nor_code_is_kept_in_the_clear(verify, vault, now):
    verify.begin(PHONE, now)
    with vault.store.read() as db:
        cells = [
            str(cell).encode() if not isinstance(cell, bytes) else cell
            for cell in db.execute(select(challenges)).one()
        ]
    assert not [word for word in (b"1012345678", b"12345678", b"314159") for cell in cells if word in cell]


def test_the_certificate_holds_for_its_number_until_it_ends(verify, certificate, now):
    ends = verify.holds(certificate, PHONE, now)
    assert verify.holds(certificate, PHONE, ends - timedelta(microseconds=1)) == ends
    for phone, at in ((OTHER, now), (PHONE, ends)):
        with pytest.raises(CertificateRefused):
            verify.holds(certificate, phone, at)


def test_a_changed_foreign_or_broken_certificate_is_refused(verify, vault, sms, certificate, now):
    foreign = Verification(vault.store, vault.subject_key, ed25519.Ed25519PrivateKey.generate(), sms)
    forged = foreign._sign(PHONE, now + HOUR)[0]
    raw = msgspec.json.decode(f'"{certificate}"', type=bytes)
    flipped = []
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        flipped.append(msgspec.json.encode(bytes(changed)).decode().strip('"'))
    for wrong in (
        forged,
        *flipped,
        "",
        "x",
        certificate[:-4],
        certificate + "AAAA",
        'a"b',
        "한글",
        "\ud800",
        "A" * 9_999,
    ):
        with pytest.raises(CertificateRefused):
            verify.holds(wrong, PHONE, now)


def test_the_simulator_keeps_only_the_latest_messages(sms, now):
    for number in range(50):
        sms.send(PHONE, str(number), now)
    assert [message.text for message in sms.messages()] == [str(number) for number in range(49, 29, -1)]
