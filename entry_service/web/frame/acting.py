"""Who acts in this request, as the audit writes it down."""

from flask import request

from entry_service.core.actors import Actor

from .auth import current_account


def actor() -> Actor:
    """Return the signed-in account with the address it came from; raise ``NotSignedIn``."""
    account = current_account()
    return Actor(account_id=account.account_id, role=account.role, origin=request.remote_addr or "")
