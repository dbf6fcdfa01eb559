"""Second factors of test accounts: one known secret, and codes that are fresh however often a test signs in.

A code works once and the clock of a test stands still, so ``fresh_code`` forgets which step was used last. Tests
of the rule itself compute their codes with ``core.time_codes``.
"""

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from entry_service.core.time_codes import code_of, step_of
from entry_service.vault.tables import factors

SECRET = b"a secret of the tests"[:20]
OLD = timedelta(days=30)


def enrol(vault, account_id: str, now: datetime) -> None:
    """Give the account a second factor with the known secret, old enough to ask; it has no recovery codes."""
    then = now - OLD
    wrapped = vault.wrap_small(b"factor|" + account_id.encode(), SECRET)
    row = {"account_id": account_id, "wrapped_secret": wrapped, "begun_at": then, "confirmed_at": then}
    vault.store.write(lambda db: db.execute(insert(factors).values(**row, last_step=0, failures=0)))


def fresh_code(vault, account_id: str, now: datetime) -> str:
    """Return the code of this half minute, which the account may use although it may have used it already."""
    mine = update(factors).where(factors.c.account_id == account_id)
    vault.store.write(lambda db: db.execute(mine.values(last_step=0)))
    return code_of(SECRET, step_of(now))
