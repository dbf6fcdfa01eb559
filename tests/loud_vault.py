"""A vault in a process of its own that writes everything down at DEBUG, and fails on demand with what it got."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from entry_service.services import open_own_vault
from entry_service.settings import Settings
from entry_service.vault.server import VaultServer
from entry_service.vault.vault import Vault

from .canaries import NAME, PHONE
from .people import CODE
from .recording import recording, spellings


class _Lines(logging.Handler):
    """Writes every line in all its spellings."""

    def emit(self, record: logging.LogRecord) -> None:
        os.write(2, "\n".join([*spellings(record), ""]).encode("utf-8", "surrogatepass"))


def lines_of(settings: Settings) -> Path:
    """Return where the process writes: its lines, and whatever else it prints."""
    return settings.var.parent / "vault.log"


def serve_loudly(settings: Settings) -> None:
    """Serve until SIGTERM; every one-time code is known."""
    file = os.open(lines_of(settings), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    Vault.deposit = failing(Vault.deposit, flag_of(settings))
    with recording(_Lines()), VaultServer(Path(settings.vault_socket)) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        vault = open_own_vault(settings)
        vault.verification._random_code = lambda: CODE
        logging.getLogger("entry_service.vault").debug("serves")
        try:
            server.serve(vault)
        finally:
            vault.close()


def failing(deposit, flag: Path):
    """Return a deposit that fails, with everything it was given, while the flag is there."""

    @wraps(deposit)
    def deposit_or_fail(self: Vault, day, pid, record):
        if flag.exists():
            raise RuntimeError(f"{record} {pid!r} {NAME} {PHONE}")
        return deposit(self, day, pid, record)

    return deposit_or_fail


@contextmanager
def deposit_fails(settings: Settings) -> Iterator[None]:
    """Let every deposit fail."""
    flag_of(settings).touch()
    yield
    flag_of(settings).unlink()


def flag_of(settings: Settings) -> Path:
    """Return the file that lets deposits fail while it is there."""
    return settings.var.parent / "deposit-fails"
