"""Copies of the vault's database: sealed contacts and public keys, nothing that opens anything."""

from pathlib import Path
from typing import Any

from entry_service.store.database import copies
from entry_service.store.database.copies import Rows

NAME = "vault"


def describe_vault(url: str) -> dict[str, Any]:
    """Return kind, version and journal of the vault's database."""
    return copies.describe(url)


def vault_flaw(url: str) -> str:
    """Return what is wrong with the pages of the live vault; see ``store.copies.flaw``."""
    return copies.flaw(url)


def copy_vault(url: str, folder: Path) -> tuple[Path, Rows]:
    """Write a consistent copy into the folder; see ``store.copies.copy_database``."""
    return copies.copy_database(url, folder, NAME)


def vault_rows(url: str) -> Rows:
    """Return the rows of each table."""
    return copies.rows_of(url)


def vault_is_empty(url: str) -> bool:
    """Say whether there is no vault yet."""
    return copies.is_empty(url)


def clear_vault(url: str) -> None:
    """Remove from the vault what a broken restore left there."""
    copies.clear(url)


def put_vault_back(file: Path, url: str) -> None:
    """Make an empty vault what the copy holds."""
    copies.put_back(file, url)
