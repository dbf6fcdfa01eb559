"""Whose facility a page may show: a manager's own, any for an administrator."""

from entry_service.core.errors import NotFound
from entry_service.core.model import Facility

from .auth import current_account
from .context import services


def own_facility(facility_id: str) -> Facility:
    """Return the facility if the caller may see it, else raise ``NotFound``: not there and not yours are one."""
    account = current_account()
    if account.role != "admin" and account.facility_id != facility_id:
        raise NotFound(what="facility")
    return services().facility(facility_id)
