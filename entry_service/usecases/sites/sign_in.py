"""Sign in with a second factor: what is written of it, and that nobody is in before it is written.

Staff and managers sign in by password alone and leave no audit row: they see no contact.
"""

from datetime import datetime

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError
from entry_service.services import Services
from entry_service.vault.factors import FactorRefused, NewFactor


def begin_factor(services: Services, account_id: str, login: str, *, now: datetime) -> NewFactor:
    """Return the secret that the account takes over into an application; raise ``FactorConfirmed``."""
    return services.vault.factors.begin(account_id, login, now)


def confirm_factor(services: Services, actor: Actor, code: str, *, now: datetime) -> list[str]:
    """Confirm the new second factor by its first code, which signs in as well; return the recovery codes.

    Raises ``FactorRefused`` or ``FactorWaits``; ``AuditUnavailable`` leaves the account without a second factor.
    """
    try:
        codes = services.vault.factors.confirm(actor, code, now)
    except FactorRefused:
        refuse_sign_in(services, actor, "wrong_code", now=now)
        raise
    try:
        services.vault.audit.append("sign_in", actor, now=now)
    except EntryError:  # nobody ever saw the recovery codes
        services.vault.factors.reset(actor.account_id)
        raise
    return codes


def enter_code(services: Services, actor: Actor, code: str, *, now: datetime) -> None:
    """Take a code of the second factor and write the sign-in down.

    Raises ``FactorRefused`` (written down too), ``FactorWaits``, or ``AuditUnavailable``: then nobody is in.
    """
    try:
        services.vault.factors.verify(actor.account_id, code, now)
    except FactorRefused:
        refuse_sign_in(services, actor, "wrong_code", now=now)
        raise
    services.vault.audit.append("sign_in", actor, now=now)


def refuse_sign_in(services: Services, actor: Actor, why: str, *, now: datetime) -> None:
    """Write a refused sign-in down: ``wrong_password`` or ``wrong_code``. Waiting bounds how many there can be."""
    services.vault.audit.append("refused", actor, now=now, outcome=why)
