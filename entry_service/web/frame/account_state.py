"""How an account stands, for the pages that list accounts."""

from datetime import datetime

from entry_service.passwords import DISABLED
from entry_service.store.sites.accounts import Account


def state(account: Account, at: datetime) -> str:
    """Return ``disabled``, ``waiting`` (too many wrong passwords) or ``active``."""
    if account.password_hash == DISABLED:
        return "disabled"
    return "waiting" if account.locked_until is not None and account.locked_until > at else "active"
