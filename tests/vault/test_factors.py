"""Second factors: each code once, few tries shared by parallel guesses, nothing readable in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from entry_service.core.actors import Actor
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.vault import factors as module
from entry_service.vault.factors import FactorConfirmed, FactorRefused, FactorWaits
from entry_service.vault.tables import factors, recovery_codes

NOW = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)
ME, OTHER = "A-officer", "A-approver"


def person(account_id):
    return Actor(account_id=account_id, role="officer")


class Application:
    """An authenticator application with the secret that was scanned."""

    def __init__(self, vault, account_id=ME):
        self.secret = read_secret(vault.factors.begin(account_id, "officer", NOW).secret)

    def code(self, at=NOW, *, steps=0):
        return code_of(self.secret, step_of(at) + steps)


@pytest.fixture
def phone(vault):
    return Application(vault)


@pytest.fixture
def recovery(vault, phone):
    """Confirm the factor with the code of the half minute before; return the recovery codes."""
    return vault.factors.confirm(person(ME), phone.code(steps=-1), NOW)


def wrong(phone, at=NOW):
    """Return six digits that are no code around the moment."""
    near = {phone.code(at, steps=steps) for steps in (-1, 0, 1)}
    return next(code for code in map("{:06}".format, range(9)) if code not in near)


def refused(vault, code, at=NOW, account_id=ME):
    with pytest.raises(FactorRefused):
        vault.factors.verify(account_id, code, at)
    return True


def test_a_factor_is_begun_confirmed_and_reset(vault, phone):
    assert (vault.factors.state(OTHER), vault.factors.state(ME)) == ("none", "begun")
    assert refused(vault, phone.code())  # not confirmed yet
    codes = vault.factors.confirm(person(ME), phone.code(), NOW)
    assert vault.factors.state(ME) == "confirmed"
    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {19}
    for again in (
        lambda: vault.factors.begin(ME, "officer", NOW),
        lambda: vault.factors.confirm(person(ME), "0", NOW),
    ):
        with pytest.raises(FactorConfirmed):
            again()
    vault.factors.reset(ME)
    assert vault.factors.state(ME) == "none"
    assert refused(vault, phone.code(steps=1))
    assert refused(vault, codes[0])


def test_the_secret_on_the_page_stays_for_a_quarter_of_an_hour(vault, phone):
    begin = vault.factors.begin
    assert read_secret(begin(ME, "officer", NOW + timedelta(minutes=14)).secret) == phone.secret
    assert read_secret(begin(ME, "officer", NOW + timedelta(minutes=15)).secret) != phone.secret


@pytest.mark.parametrize("steps", [0, 1])
def test_a_code_works_once(vault, phone, recovery, steps):
    vault.factors.verify(ME, phone.code(steps=steps), NOW)
    assert refused(vault, phone.code(steps=steps))
    assert refused(vault, phone.code(steps=steps), NOW + STEP)


def test_the_code_that_confirmed_does_not_sign_in(vault, phone, recovery):
    assert refused(vault, phone.code(steps=-1))


def test_no_code_before_the_last_one_works(vault, phone, recovery):
    vault.factors.verify(ME, phone.code(steps=1), NOW)
    assert refused(vault, phone.code())


@pytest.mark.parametrize(("late", "holds"), [(-61, False), (-30, True), (0, True), (59, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(vault, phone, recovery, late, holds):
    at = NOW + 10 * STEP
    code = phone.code(at)
    if holds:
        vault.factors.verify(ME, code, at + timedelta(seconds=late))
    else:
        assert refused(vault, code, at + timedelta(seconds=late))


def test_spaces_between_the_digits_are_nothing(vault, phone, recovery):
    vault.factors.verify(ME, f" {phone.code()[:3]} {phone.code()[3:]} ", NOW)


@pytest.mark.parametrize("code", ["", "0", "없는 코드", "000000000000", "x" * 8_000, "\ud800"])
def test_whatever_is_typed_is_refused_by_name(vault, recovery, code):
    assert refused(vault, code)


def test_a_recovery_code_works_once_however_it_is_written(vault, recovery):
    assert vault.factors.recovery_left(ME) == 10
    vault.factors.verify(ME, recovery[0].lower().replace("-", " "), NOW)
    assert refused(vault, recovery[0])
    assert vault.factors.recovery_left(ME) == 9
    vault.factors.verify(ME, recovery[1], NOW)


def test_a_code_belongs_to_one_account(vault, phone, recovery):
    other = Application(vault, OTHER)
    vault.factors.confirm(person(OTHER), other.code(steps=-1), NOW)
    assert refused(vault, phone.code(), account_id=OTHER)
    assert refused(vault, recovery[0], account_id=OTHER)


def test_after_five_wrong_codes_the_account_waits_also_with_a_right_one(vault, phone, recovery):
    for _ in range(5):
        assert refused(vault, wrong(phone))
    for right in (phone.code(), recovery[0]):
        with pytest.raises(FactorWaits) as waits:
            vault.factors.verify(ME, right, NOW)
        assert waits.value.facts["retry_after"] in {300, 301}
    later = NOW + timedelta(minutes=5)
    vault.factors.verify(ME, phone.code(later), later)
    for _ in range(4):  # a right code forgot the wrong ones
        assert refused(vault, wrong(phone, later), later)
    vault.factors.verify(ME, phone.code(later, steps=1), later)


def test_wrong_codes_count_while_the_factor_is_confirmed_as_well(vault, phone):
    for _ in range(5):
        with pytest.raises(FactorRefused):
            vault.factors.confirm(person(ME), wrong(phone), NOW)
    with pytest.raises(FactorWaits):
        vault.factors.confirm(person(ME), phone.code(), NOW)


def test_the_wait_doubles_up_to_an_hour():
    waits = [module.wait_after(failures) / timedelta(minutes=1) for failures in (5, 10, 15, 20, 25, 500)]
    assert waits == [5, 10, 20, 40, 60, 60]


def test_one_code_at_the_same_moment_opens_once(vault, phone, recovery):
    def attempt(_):
        try:
            vault.factors.verify(ME, phone.code(), NOW)
        except (FactorRefused, FactorWaits):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_parallel_guesses_share_the_five_tries(vault, phone, recovery):
    def guess(_):
        try:
            vault.factors.verify(ME, wrong(phone), NOW)
        except FactorWaits:
            return "waits"
        except FactorRefused:
            return "refused"

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(guess, range(20))) == ["refused"] * 5 + ["waits"] * 15


def test_the_database_holds_neither_secret_nor_recovery_code(vault, phone, recovery):
    with vault.store.read() as db:
        rows = [*db.execute(select(factors)), *db.execute(select(recovery_codes))]
    kept = b"|".join(value for row in rows for value in row if isinstance(value, bytes))
    assert len(rows) == 11
    assert phone.secret not in kept
    assert not any(code.replace("-", "").encode() in kept for code in recovery)


def test_a_secret_moved_to_another_account_opens_nothing(vault, phone, recovery):
    """Whoever can write the database cannot give one person's secret to another account."""
    from entry_service.vault.keys import KeysUnsafe

    other = Application(vault, OTHER)
    vault.factors.confirm(person(OTHER), other.code(steps=-1), NOW)

    def move(db):
        mine = db.execute(select(factors.c.wrapped_secret).where(factors.c.account_id == ME)).scalar_one()
        db.execute(factors.update().where(factors.c.account_id == OTHER).values(wrapped_secret=mine))

    vault.store.write(move)
    with pytest.raises(KeysUnsafe):
        vault.factors.verify(OTHER, phone.code(), NOW)
