"""Accounts of the demo: one for each role, two for field teams; random passwords, kept for their owner alone.

The second factors are set up as well, and their secrets kept beside the passwords: a page of the demonstration
shows the codes that an authenticator application would show.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.passwords import draw_password, hash_password
from entry_service.store.sites import accounts
from entry_service.vault import Vault

LOGINS = {
    **{role: role for role in ("staff", "manager", "officer", "approver", "auditor", "admin", "field")},
    "field2": "field",  # a plan is for two teams
}
AT_A_FACILITY = {"staff", "manager"}
WITHOUT_FACTOR = AT_A_FACILITY | {"field"}
SHORTEST = 15  # characters
CONFIRMED_BEFORE = timedelta(days=30)


def make_sign_ins(facility_id: str) -> list[dict[str, str]]:
    """Return login, role, password and facility of every account; staff and manager belong to ``facility_id``."""
    return [
        {
            "login": login,
            "role": role,
            "password": draw_password(SHORTEST),
            "facility_id": facility_id if role in AT_A_FACILITY else "",
        }
        for login, role in LOGINS.items()
    ]


def add_accounts(db: Connection, sign_ins: list[dict[str, str]], now: datetime) -> None:
    """Keep the accounts with hashed passwords."""
    for sign_in in sign_ins:
        accounts.add(
            db,
            accounts.Account(
                account_id=f"demo-{sign_in['login']}",
                login=sign_in["login"],
                role=sign_in["role"],
                facility_id=sign_in["facility_id"] or None,
                password_hash=hash_password(sign_in["password"]),
                created_at=now,
            ),
        )


def set_up_factors(vault: Vault, sign_ins: list[dict[str, str]], now: datetime) -> None:
    """Confirm a second factor for every role that needs one; the secrets are added to ``sign_ins``.

    They are confirmed as if days ago: a demonstration does not wait until a new factor may ask and approve.
    """
    then = now - CONFIRMED_BEFORE
    for sign_in in sign_ins:
        if sign_in["role"] not in WITHOUT_FACTOR:
            account_id = f"demo-{sign_in['login']}"
            sign_in["factor_secret"] = vault.factors.begin(account_id, sign_in["login"], then).secret
            code = code_of(read_secret(sign_in["factor_secret"]), step_of(then))
            vault.factors.confirm(Actor(account_id=account_id, role=sign_in["role"]), code, then)


def read(path: Path) -> list[dict[str, str]]:
    """Return the sign-ins that ``keep`` wrote; none where there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def keep(path: Path, sign_ins: list[dict[str, str]]) -> None:
    """Write the sign-ins where only their owner can read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sign_ins, file, ensure_ascii=False, indent=1)
