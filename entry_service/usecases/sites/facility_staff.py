"""The staff accounts of a facility in the hands of its manager: these and no others, whatever is asked for."""

from datetime import datetime

from entry_service.core.actors import Actor
from entry_service.core.errors import NotFound
from entry_service.services import Services
from entry_service.store.sites import accounts
from entry_service.store.sites.accounts import Account

from . import keep_accounts
from .roll_out import Random

ROLE = "staff"


def staff_of(services: Services, facility_id: str) -> list[Account]:
    """Return the staff accounts of a facility, by login."""
    with services.store.read() as db:
        return [account for account in accounts.of_facility(db, facility_id) if account.role == ROLE]


def add_staff(
    services: Services,
    facility_id: str,
    *,
    login: str,
    password: str,
    shortest: int,
    by: Actor,
    now: datetime,
    random: Random,
) -> Account:
    """Add a staff account of the facility; raise ``FieldsRefused`` as ``keep_accounts.add_account`` does."""
    return keep_accounts.add_account(
        services,
        login=login,
        role=ROLE,
        facility_id=facility_id,
        password=password,
        shortest=shortest,
        by=by,
        now=now,
        random=random,
    )


def reset_staff_password(
    services: Services,
    facility_id: str,
    account_id: str,
    password: str,
    *,
    shortest: int,
    by: Actor,
    now: datetime,
) -> Account:
    """Give a staff account of the facility a new password and end its sessions; else ``NotFound``."""
    _assert_staff(services, facility_id, account_id)
    return keep_accounts.reset_password(services, account_id, password, shortest=shortest, by=by, now=now)


def stop_staff(services: Services, facility_id: str, account_id: str, *, by: Actor, now: datetime) -> Account:
    """Stop a staff account of the facility and end its sessions; else ``NotFound``."""
    _assert_staff(services, facility_id, account_id)
    return keep_accounts.disable_account(services, account_id, by=by, now=now)


def _assert_staff(services: Services, facility_id: str, account_id: str) -> None:
    """An account that is elsewhere or has another role is not there: no role or facility ever changes."""
    if account_id not in {account.account_id for account in staff_of(services, facility_id)}:
        raise NotFound(what="account")
