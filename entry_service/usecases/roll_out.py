"""Roll the entry log out: facilities, posters, devices, accounts. One function a sentence and a transaction."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Facility
from entry_service.core.posters import ALPHABET, RANDOM_BYTES, poster_id
from entry_service.passwords import DISABLED, assert_good_password, hash_password
from entry_service.services import Services
from entry_service.store import accounts, devices, facilities, posters, sessions
from entry_service.store.accounts import Account
from entry_service.store.engine import one_at_a_time
from entry_service.store.posters import Poster

LAST_EPOCH = 1023  # what two characters of a poster id hold
AT_A_FACILITY = ("staff", "manager")
ROLES = (*AT_A_FACILITY, "officer", "admin")
ACCOUNT_BYTES = 8
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}", re.ASCII)
_TAKEN = "이미 쓰고 있는 아이디입니다."
Random = Callable[[int], bytes]


class PosterChanged(EntryError):
    """Somebody else issued a new poster meanwhile; nothing was changed."""

    status, code = 409, "poster_changed"
    sentence = "그 사이에 새 포스터가 발급되었습니다. 지금 포스터를 확인하시기 바랍니다."


class EpochsUsed(EntryError):
    """The facility has had as many posters as an id can count."""

    status, code = 409, "epochs_used"
    sentence = "이 시설은 더 이상 새 포스터를 발급할 수 없습니다. 운영 담당자에게 문의하시기 바랍니다."


class OwnAccount(EntryError):
    """Nobody may lock themselves out: another administrator has to do it."""

    status, code = 409, "own_account"
    sentence = "자신의 계정은 중지할 수 없습니다. 다른 운영 담당자에게 요청하시기 바랍니다."


def register_facility(services: Services, facility: Facility, *, now: datetime, random: Random) -> Facility:
    """Register a facility with its first poster; an empty ``facility_id`` is drawn. Return what was kept.

    Raises
    ------
    FieldsRefused
        The ``facility_id`` or the telephone number belongs to another facility.
    """
    named = facility if facility.facility_id else replace(facility, facility_id=_draw_facility_id(random))
    first = Poster(
        poster_id=poster_id(random(RANDOM_BYTES), 1), facility_id=named.facility_id, epoch=1, valid_from=now
    )

    def write(db: Connection) -> None:
        _refuse_taken_number(db, named)
        facilities.add(db, named)
        posters.add(db, first)

    try:
        services.store.write(write)
    except IntegrityError as known:
        raise FieldsRefused({"facility_id": "이미 등록된 시설 번호입니다."}) from known
    return named


def change_facility(services: Services, facility: Facility) -> None:
    """Keep new facts of a facility; posters and devices stay as they are.

    Raises ``NotFound``, or ``FieldsRefused`` where another facility has the telephone number.
    """

    def write(db: Connection) -> None:
        _refuse_taken_number(db, facility)
        facilities.update_facility(db, facility)

    services.store.write(write)
    services.forget_facilities()


def issue_poster(
    services: Services, facility_id: str, *, after_epoch: int | None, now: datetime, random: Random
) -> Poster:
    """Issue the next poster of a facility and retire the current one, which is read for 48 hours more.

    ``after_epoch`` is the epoch the caller saw as current (None: there was no poster), so that a form that is sent
    twice makes one poster. Raises ``NotFound``, ``PosterChanged`` or ``EpochsUsed``.
    """

    def write(db: Connection) -> Poster:
        one_at_a_time(db, b"poster|" + facility_id.encode())
        facilities.get(db, facility_id)
        seen = posters.current(db, facility_id)
        if (seen.epoch if seen else None) != after_epoch:
            raise PosterChanged
        posters.retire(db, facility_id, now)
        earlier = posters.of_facility(db, facility_id)
        epoch = earlier[0].epoch + 1 if earlier else 1
        if epoch > LAST_EPOCH:
            raise EpochsUsed
        name = poster_id(random(RANDOM_BYTES), epoch)
        new = Poster(poster_id=name, facility_id=facility_id, epoch=epoch, valid_from=now)
        posters.add(db, new)
        return new

    return services.store.write(write)


def revoke_device(services: Services, facility_id: str, device_id: str, *, now: datetime) -> None:
    """End a device of the facility; it is refused at its next contact. ``NotFound`` where it has none such."""

    def write(db: Connection) -> None:
        own = {record.device.device_id: record.device for record in devices.all(db, facility_id)}
        if device_id not in own:
            raise NotFound(what="device")
        if own[device_id].revoked_at is None:
            devices.revoke(db, device_id, now)

    services.store.write(write)


def add_account(
    services: Services,
    *,
    login: str,
    role: str,
    facility_id: str | None,
    password: str,
    shortest: int,
    now: datetime,
    random: Random,
) -> Account:
    """Add an account; staff and managers belong to a facility, officers and administrators to none.

    Raises
    ------
    FieldsRefused
        With a sentence for each of ``login``, ``role``, ``facility_id`` and ``password`` that will not do.
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
    try:
        services.store.write(lambda db: accounts.add(db, account))
    except IntegrityError as taken:
        raise FieldsRefused({"login": _TAKEN}) from taken
    return account


def reset_password(services: Services, account_id: str, password: str, *, shortest: int) -> Account:
    """Give an account a new password and end all its sessions; return the account.

    Raises ``NotFound``, or ``BadInput`` where the password will not do.
    """
    with services.store.read() as db:
        account = _account(db, account_id)
    assert_good_password(password, login=account.login, shortest=shortest)
    _replace_hash(services, account_id, hash_password(password))
    return account


def disable_account(services: Services, account_id: str, *, by: str) -> Account:
    """Let nobody sign in with an account until it gets a new password, and end its sessions; return the account.

    Raises ``NotFound``, or ``OwnAccount`` for the account ``by`` that asks.
    """
    if account_id == by:
        raise OwnAccount
    with services.store.read() as db:
        account = _account(db, account_id)
    _replace_hash(services, account_id, DISABLED)
    return account


def _refuse_taken_number(db: Connection, facility: Facility) -> None:
    one_at_a_time(db, b"call numbers")
    other = facilities.by_call_number(db, facility.call_number) if facility.call_number else None
    if other is not None and other.facility_id != facility.facility_id:
        raise FieldsRefused({"call_number": "다른 시설에서 쓰고 있는 번호입니다."})


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


def _account(db: Connection, account_id: str) -> Account:
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


def _draw_facility_id(random: Random) -> str:
    number = int.from_bytes(random(5), "big")
    return "F-" + "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
