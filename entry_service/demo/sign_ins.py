"""Accounts of the demo: one for each role, with random passwords kept for the person who runs it, mode 0600."""

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from entry_service.passwords import draw_password, hash_password
from entry_service.store import accounts

ROLES = ("staff", "manager", "officer", "admin")
AT_A_FACILITY = {"staff", "manager"}
SHORTEST = 15  # characters


def make_sign_ins(facility_id: str) -> list[dict[str, str]]:
    """Return login, role, password and facility for every role; staff and manager belong to ``facility_id``."""
    return [
        {
            "login": role,
            "role": role,
            "password": draw_password(SHORTEST),
            "facility_id": facility_id if role in AT_A_FACILITY else "",
        }
        for role in ROLES
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


def keep(path: Path, sign_ins: list[dict[str, str]]) -> None:
    """Write the sign-ins where only their owner can read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sign_ins, file, ensure_ascii=False, indent=1)
