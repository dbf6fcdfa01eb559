"""An empty log and vault with their keys, made once in a process: what works with a fresh one works on a copy."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from entry_service.services import prepare
from entry_service.settings import Settings


@cache
def _made() -> tempfile.TemporaryDirectory:
    """Return the folder that holds ``var``; it goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="prepared-")
    prepare(Settings(var=Path(folder.name) / "var"))
    return folder


def prepare_copy(settings: Settings) -> None:
    """Do what ``prepare`` does for a service that keeps everything in one folder, without databases as yet."""
    assert Settings(var=settings.var).log_address == settings.log_address
    assert Settings(var=settings.var).vault_address == settings.vault_address
    assert not settings.var.exists() or not list(settings.var.glob("*.sqlite*"))
    shutil.copytree(Path(_made().name) / "var", settings.var, dirs_exist_ok=True)
