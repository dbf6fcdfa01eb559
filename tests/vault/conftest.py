"""An opened vault on each of the two databases."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from entry_service.core.model import Contact
from entry_service.vault import Vault, open_vault
from entry_service.vault.key_ring import KeyRing
from tests.databases import Databases, Kind, databases, kind

__all__ = ["databases", "kind"]
DAY = date(2020, 8, 25)
CANARY = Contact(name="카나리아방문자", phone="+821008761234", residence="카나리아시", verified=True)


def pid(number: int) -> bytes:
    """Return a pass id."""
    return number.to_bytes(8, "big")


@pytest.fixture
def url(databases: Databases, kind: Kind) -> str:
    """Return the address of an empty, migrated vault."""
    return databases.new(kind, "vault")


@pytest.fixture
def key_dir(tmp_path: Path) -> Path:
    """Return where the keys are."""
    return tmp_path / "keys"


@pytest.fixture
def key_copy(tmp_path: Path) -> Path:
    """Return the second store of keys."""
    return tmp_path / "key-copy"


@pytest.fixture
def opened(url: str, key_dir: Path, key_copy: Path) -> Iterator[Callable[..., Vault]]:
    """Return a function that opens the vault; whatever it opened is closed afterwards."""
    vaults = []
    KeyRing.make(key_dir, key_copy)

    def open_it(**options: object) -> Vault:
        vaults.append(open_vault(url, key_dir, key_copy=key_copy, **{"daily_cap": 3, **options}))
        return vaults[-1]

    yield open_it
    for vault in vaults:
        vault.close()


@pytest.fixture
def vault(opened: Callable[..., Vault]) -> Vault:
    """Return the vault with a daily cap of three."""
    return opened()
