"""Keep accounts: add, give a new password, stop, reset the second factor. Every change is written down first.

An account has one role and, for staff and managers, one facility, for good: who asks for contacts can therefore
never become who approves. Another task is another account. The audit's row names who acted and holds, in the place
of a request, the hash of the account that was changed.
"""

import re
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.fields import FieldsRefused
from entry_service.passwords import DISABLED, assert_good_password, hash_password
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import accounts, facilities, sessions
from entry_service.store.sites.accounts import Account

from .roll_out import Random

AT_A_FACILITY = ("staff", "manager")
ROLES = (*AT_A_FACILITY, "officer", "approver", "auditor", "admin", "field")
OPERATOR = Actor(account_id="operator", role="operator")  # whoever may run commands on the host
ACCOUNT_BYTES = 8
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}", re.ASCII)
_TAKEN = "이미 쓰고 있는 아이디입니다."


class OwnAccount(EntryError):
    """Nobody may lock themselves out: another administrator has to do it."""

    status, code = 409, "own_account"
    sentence = "자신의 계정은 중지할 수 없습니다. 다른 운영 담당자에게 요청하시기 바랍니다."


def add_account(
    services: Services,
    *,
    login: str,
    role: str,
    facility_id: str | None,
    password: str,
    shortest: int,
    by: Actor,
    now: datetime,
    random: Random,
) -> Account:
    """Add an account; staff and managers belong to a facility, all others to none.

    Raises
    ------
    FieldsRefused
        With a sentence for each of ``login``, ``role``, ``facility_id`` and ``password`` that will not do.
    AuditUnavailable
        The change could not be written down: nothing was changed. All functions here raise it.
    """
    with services.store.read() as db:
        errors = _account_errors(db, login, role, facility_id)
    try:
        assert_good_password(password, login=login, shortest=shortest)
    except BadInput as weak:
        errors["password"] = weak.sentence
    if errors:
        raise FieldsRefused(errors)
    account = Account(
        account_id=f"A-{random(ACCOUNT_BYTES).hex()}",
        login=login,
        role=role,
        facility_id=facility_id if role in AT_A_FACILITY else None,
        password_hash=hash_password(password),
        created_at=now,
    )
    _write_down(services, "account_changed", account.account_id, f"added_{role}", by=by, now=now)
    try:
        services.store.write(lambda db: accounts.add(db, account))
    except IntegrityError as taken:
        raise FieldsRefused({"login": _TAKEN}) from taken
    return account


def reset_password(
    services: Services, account_id: str, password: str, *, shortest: int, by: Actor, now: datetime
) -> Account:
    """Give an account a new password and end all its sessions; return the account.

    Raises ``NotFound``, or ``BadInput`` where the password will not do.
    """
    account = _account(services, account_id)
    assert_good_password(password, login=account.login, shortest=shortest)
    fresh = hash_password(password)
    _write_down(services, "account_changed", account_id, "new_password", by=by, now=now)
    _replace_hash(services, account_id, fresh)
    return account


def disable_account(services: Services, account_id: str, *, by: Actor, now: datetime) -> Account:
    """Let nobody sign in with an account until it gets a new password, and end its sessions; return the account.

    Raises ``NotFound``, or ``OwnAccount`` for the account of ``by`` itself.
    """
    if account_id == by.account_id:
        raise OwnAccount
    account = _account(services, account_id)
    _write_down(services, "account_changed", account_id, "disabled", by=by, now=now)
    _replace_hash(services, account_id, DISABLED)
    return account


def reset_factor(services: Services, account_id: str, *, code: str | None, by: Actor, now: datetime) -> Account:
    """Remove the second factor of an account and end its sessions; its next sign-in sets up another.

    ``code`` is a fresh one of whoever asks, so that a session left open resets nothing; None only for the operator
    at the host. Raises ``NotFound``, ``FactorRefused`` or ``FactorWaits``.
    """
    account = _account(services, account_id)
    if code is not None or by != OPERATOR:
        services.vault.factors.verify(by.account_id, code or "", now)
    _write_down(services, "factor_changed", account_id, "reset", by=by, now=now)
    services.vault.factors.reset(account_id)
    services.store.write(lambda db: sessions.end_all_of(db, account_id))
    return account


def account_hash(account_id: str) -> str:
    """Return what stands for a changed account in the audit: SHA-256, hexadecimal."""
    return sha256(f"account|{account_id}".encode()).hexdigest()


def _write_down(services: Services, action, account_id: str, outcome: str, *, by: Actor, now: datetime) -> None:
    services.vault.audit.append(action, by, now=now, request_hash=account_hash(account_id), outcome=outcome)


def _account_errors(db: Connection, login: str, role: str, facility_id: str | None) -> dict[str, str]:
    errors = {}
    if not _LOGIN.fullmatch(login):
        errors["login"] = "아이디는 영문 소문자와 숫자로 3자에서 40자까지입니다. 점과 붙임표를 쓸 수 있습니다."
    elif accounts.by_login(db, login) is not None:
        errors["login"] = _TAKEN
    if role not in ROLES:
        errors["role"] = "역할을 고르시기 바랍니다."
    if role in AT_A_FACILITY:
        try:
            facilities.get(db, facility_id or "")
        except NotFound:
            errors["facility_id"] = "시설 번호를 확인하시기 바랍니다. 시설 목록에서 찾을 수 있습니다."
    return errors


def _account(services: Services, account_id: str) -> Account:
    with services.store.read() as db:
        account = accounts.by_id(db, account_id)
    if account is None:
        raise NotFound(what="account")
    return account


def _replace_hash(services: Services, account_id: str, password_hash: str) -> None:
    def write(db: Connection) -> None:
        one_at_a_time(db, b"account|" + account_id.encode())  # no sign-in of the old password comes after
        accounts.record_success(db, account_id, password_hash)
        sessions.end_all_of(db, account_id)

    services.store.write(write)
