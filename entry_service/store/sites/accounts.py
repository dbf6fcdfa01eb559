"""Accounts of staff, managers, officers and administrators. Passwords are argon2 hashes made outside the store."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ..schema.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account; ``facility_id`` for staff and managers."""

    account_id: str
    login: str
    role: str
    facility_id: str | None
    password_hash: str
    created_at: datetime
    failures: int = 0
    locked_until: datetime | None = None


def add(db: Connection, account: Account) -> None:
    """Keep a new account; the login must be new (IntegrityError otherwise)."""
    db.execute(
        insert(accounts).values(
            account_id=account.account_id,
            login=account.login,
            role=account.role,
            facility_id=account.facility_id,
            password_hash=account.password_hash,
            created_at=account.created_at,
            failures=account.failures,
            locked_until=account.locked_until,
        )
    )


def by_login(db: Connection, login: str) -> Account | None:
    """Return the account with this login."""
    row = db.execute(select(accounts).where(accounts.c.login == login)).first()
    return None if row is None else Account(**row._mapping)


def by_id(db: Connection, account_id: str) -> Account | None:
    """Return the account with this identifier."""
    row = db.execute(select(accounts).where(accounts.c.account_id == account_id)).first()
    return None if row is None else Account(**row._mapping)


def all(db: Connection) -> list[Account]:
    """Return every account, by login."""
    return [Account(**row._mapping) for row in db.execute(select(accounts).order_by(accounts.c.login))]


def of_facility(db: Connection, facility_id: str) -> list[Account]:
    """Return the accounts of a facility, by login."""
    own = select(accounts).where(accounts.c.facility_id == facility_id)
    return [Account(**row._mapping) for row in db.execute(own.order_by(accounts.c.login))]


def record_failure(db: Connection, account_id: str, locked_until: datetime | None) -> None:
    """Count a wrong password; ``locked_until`` makes the account wait."""
    wrong = update(accounts).where(accounts.c.account_id == account_id)
    db.execute(wrong.values(failures=accounts.c.failures + 1, locked_until=locked_until))


def record_success(db: Connection, account_id: str, password_hash: str | None = None) -> None:
    """Forget wrong passwords; keep a fresher hash where one was made."""
    values: dict[str, object] = {"failures": 0, "locked_until": None}
    if password_hash is not None:
        values["password_hash"] = password_hash
    db.execute(update(accounts).where(accounts.c.account_id == account_id).values(**values))
