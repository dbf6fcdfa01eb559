"""Accounts: every refusal names its field, every change is written down before it is made, and ends sessions."""

import secrets
from datetime import timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.fields import FieldsRefused
from entry_service.core.time_codes import code_of, step_of
from entry_service.passwords import DISABLED, draw_password, verify_password
from entry_service.store.sites import accounts, sessions
from entry_service.usecases.sites import keep_accounts
from entry_service.vault.checkpoints import AuditUnavailable
from entry_service.vault.factors import FactorRefused
from tests import second_factor
from tests.usecases.small_log import LIBRARY, at, small_log

NOW = at("20 12:00")
PASSWORD = "느티나무-수리산-작은-도서관-1989"
OTHER = "수리산-등산로-입구-소나무-1990"
ADMIN = Actor(account_id="A-admin", role="admin", origin="192.0.2.7")


@pytest.fixture
def services(tmp_path):
    with small_log(tmp_path / "var", NOW) as opened:
        yield opened.services


def account(services, **facts):
    given = {"login": "sanbon.door", "role": "staff", "facility_id": LIBRARY, "password": PASSWORD, **facts}
    return keep_accounts.add_account(services, **given, shortest=15, by=ADMIN, now=NOW, random=secrets.token_bytes)


def written(services):
    """Return what the audit holds: action, outcome, who, and the hash of the account."""
    entries = services.vault.audit.entries(NOW - timedelta(days=1), NOW + timedelta(days=1), limit=100)
    return [(one.action, one.outcome, one.account_id, one.request) for one in reversed(entries)]


def test_an_account_is_added_with_a_hashed_password(services):
    kept = account(services)
    with services.store.read() as db:
        assert accounts.by_login(db, "sanbon.door") == kept
    assert verify_password(kept.password_hash, PASSWORD)


def test_an_officer_belongs_to_no_facility(services):
    assert account(services, role="officer", facility_id=LIBRARY).facility_id is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("login", "ab"),
        ("login", "Sanbon"),
        ("login", "산본도서관"),
        ("login", "a b c"),
        ("role", "visitor"),
        ("facility_id", "GP-404"),
        ("facility_id", None),
        ("password", "short"),
        ("password", "gunpogunpogunpogunpo"),
    ],
)
def test_each_wrong_field_of_an_account_is_named(services, field, text):
    with pytest.raises(FieldsRefused) as refused:
        account(services, **{field: text})
    assert list(refused.value.errors) == [field]


def test_a_login_that_is_taken_is_refused(services):
    account(services)
    with pytest.raises(FieldsRefused) as refused:
        account(services, role="officer")
    assert list(refused.value.errors) == ["login"]


def test_a_new_password_ends_every_session_and_forgets_wrong_ones(services):
    kept = account(services)
    signed_in = sessions.Session(
        session_hash=b"cookie", account_id=kept.account_id, created_at=NOW, last_seen_at=NOW, ends_at=NOW
    )
    services.store.write(lambda db: sessions.add(db, signed_in))
    services.store.write(lambda db: accounts.record_failure(db, kept.account_id, NOW))
    with pytest.raises(BadInput):
        keep_accounts.reset_password(services, kept.account_id, "short", shortest=15, by=ADMIN, now=NOW)
    drawn = draw_password(15)
    keep_accounts.reset_password(services, kept.account_id, drawn, shortest=15, by=ADMIN, now=NOW)
    with services.store.read() as db:
        assert sessions.find(db, b"cookie") is None
        changed = accounts.by_id(db, kept.account_id)
    assert verify_password(changed.password_hash, drawn)
    assert not verify_password(changed.password_hash, PASSWORD)
    assert (changed.failures, changed.locked_until) == (0, None)


def test_a_disabled_account_opens_for_no_password_until_it_gets_a_new_one(services):
    kept = account(services)
    keep_accounts.disable_account(services, kept.account_id, by=ADMIN, now=NOW)
    with services.store.read() as db:
        assert accounts.by_id(db, kept.account_id).password_hash == DISABLED
    assert not verify_password(DISABLED, PASSWORD)
    assert not verify_password(DISABLED, DISABLED)
    keep_accounts.reset_password(services, kept.account_id, PASSWORD, shortest=15, by=ADMIN, now=NOW)
    with services.store.read() as db:
        assert verify_password(accounts.by_id(db, kept.account_id).password_hash, PASSWORD)


def test_nobody_disables_themselves_or_an_account_that_is_not_there(services):
    kept = account(services, role="admin")
    own = Actor(account_id=kept.account_id, role="admin")
    with pytest.raises(keep_accounts.OwnAccount):
        keep_accounts.disable_account(services, kept.account_id, by=own, now=NOW)
    with pytest.raises(NotFound):
        keep_accounts.disable_account(services, "A-404", by=own, now=NOW)
    with pytest.raises(NotFound):
        keep_accounts.reset_password(services, "A-404", PASSWORD, shortest=15, by=ADMIN, now=NOW)


@pytest.mark.parametrize("shortest", [15, 40, 64])
def test_a_drawn_password_is_good_enough_for_any_rule(shortest):
    from entry_service.passwords import assert_good_password

    drawn = {draw_password(shortest) for _ in range(20)}
    assert len(drawn) == 20
    for password in drawn:
        assert_good_password(password, login="manager", shortest=shortest)


def test_every_change_is_written_down_with_who_made_it_and_whom_it_is_about(services):
    kept = account(services, role="officer", facility_id=None)
    keep_accounts.reset_password(services, kept.account_id, PASSWORD, shortest=15, by=ADMIN, now=NOW)
    keep_accounts.disable_account(services, kept.account_id, by=ADMIN, now=NOW)
    keep_accounts.reset_factor(services, kept.account_id, code=None, by=keep_accounts.OPERATOR, now=NOW)
    about = keep_accounts.account_hash(kept.account_id)
    assert written(services) == [
        ("account_changed", "added_officer", "A-admin", about),
        ("account_changed", "new_password", "A-admin", about),
        ("account_changed", "disabled", "A-admin", about),
        ("factor_changed", "reset", "operator", about),
    ]


def test_what_cannot_be_written_down_is_not_done(services, monkeypatch):
    kept = account(services, role="officer", facility_id=None)
    second_factor.enrol(services.vault, kept.account_id, NOW)

    def unavailable(*_, **__):
        raise AuditUnavailable

    monkeypatch.setattr(type(services.vault.audit), "append", unavailable)
    code = {"code": None, "by": keep_accounts.OPERATOR}
    for change in (
        lambda: account(services, login="another.door"),
        lambda: keep_accounts.reset_password(services, kept.account_id, OTHER, shortest=15, by=ADMIN, now=NOW),
        lambda: keep_accounts.disable_account(services, kept.account_id, by=ADMIN, now=NOW),
        lambda: keep_accounts.reset_factor(services, kept.account_id, **code, now=NOW),
    ):
        with pytest.raises(AuditUnavailable):
            change()
    with services.store.read() as db:
        assert [one.login for one in accounts.all(db)] == [kept.login]
        assert accounts.by_id(db, kept.account_id) == kept
    assert services.vault.factors.state(kept.account_id) == "confirmed"


def test_a_second_factor_is_reset_only_on_a_fresh_code_of_whoever_asks(services):
    kept = account(services, role="officer", facility_id=None)
    for account_id in (kept.account_id, ADMIN.account_id):
        second_factor.enrol(services.vault, account_id, NOW)
    right = code_of(second_factor.SECRET, step_of(NOW))
    signed_in = sessions.Session(
        session_hash=b"cookie", account_id=kept.account_id, created_at=NOW, last_seen_at=NOW, ends_at=NOW
    )
    services.store.write(lambda db: sessions.add(db, signed_in))
    for code in ("", "000000", None):
        with pytest.raises(FactorRefused):
            keep_accounts.reset_factor(services, kept.account_id, code=code, by=ADMIN, now=NOW)
    assert services.vault.factors.state(kept.account_id) == "confirmed"
    keep_accounts.reset_factor(services, kept.account_id, code=right, by=ADMIN, now=NOW)
    assert services.vault.factors.state(kept.account_id) == "none"
    with services.store.read() as db:
        assert sessions.find(db, b"cookie") is None
    with pytest.raises(FactorRefused):  # a code works once
        keep_accounts.reset_factor(services, kept.account_id, code=right, by=ADMIN, now=NOW)
