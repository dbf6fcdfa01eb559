"""The list of checks. Each looks by itself, so that one that cannot look does not hide what the others see."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from entry_service.core.errors import EntryError
from entry_service.core.retention import Reading
from entry_service.settings import Settings
from entry_service.store.database.faults import FAULTS

from . import answers, certificate, clocks, databases, disks, files, keys, runs
from .findings import Finding, failed

Look = Callable[[Settings, Reading], Iterator[Finding]]
CHECKS: dict[str, tuple[Look, ...]] = {
    "clock": (clocks.check_zone, clocks.check_time_server, clocks.check_jumps),
    "keys": (keys.check, keys.check_audit_place),
    "permissions": (files.check,),
    "disk": (disks.check,),
    "database": (databases.check_log, databases.check_vault),
    "service": (answers.check,),
    "certificate": (certificate.check,),
    "settings": (keys.check_places,),
    "watcher": (runs.check_watcher,),
    "purge": (runs.check_purge,),
    "backup": (runs.check_backup,),
    "register": (runs.check_register,),
}
# What only the user of a vault of its own can look at; whether its clock is believed the service's doctor asks it.
VAULT_CHECKS: dict[str, tuple[Look, ...]] = {
    "clock": (clocks.check_zone, clocks.check_time_server),
    "keys": (keys.check, keys.check_audit_place),
    "permissions": (files.check,),
    "disk": (disks.check,),
    "database": (databases.check_vault,),
    "settings": (keys.check_places,),
    "backup": (runs.check_vault_backup,),
}


def examine(
    settings: Settings, reading: Reading, only: tuple[str, ...] = (), *, vault: bool = False
) -> Iterator[Finding]:
    """Give what the checks (all, or the named ones) find, as they find it; a look that fails is a finding too.

    With ``vault`` those of a vault in a process of its own, in its user's place: its files and keys themselves.
    """
    checks, here = (VAULT_CHECKS, replace(settings, vault_socket="")) if vault else (CHECKS, settings)
    for name in only or checks:
        for look in checks[name]:
            yield from _looked(name, look, here, reading)


def _looked(name: str, look: Look, settings: Settings, reading: Reading) -> Iterator[Finding]:
    try:
        yield from look(settings, reading)
    except EntryError as refusal:
        told = ", ".join(f"{key}: {value}" for key, value in refusal.facts.items())
        told = f" ({told})" if told else ""
        yield failed(name, f"{refusal.sentence}{told}", f"refused: {refusal.code}{told}")
    except OSError as fault:
        place = Path(fault.filename).name if fault.filename else ""
        yield _could_not(name, f"{fault.strerror or type(fault).__name__} {place}".strip())
    except FAULTS as fault:  # by its kind alone: the text may hold an address or a row
        yield _could_not(name, type(getattr(fault, "orig", None) or fault).__name__)
    except subprocess.SubprocessError as fault:
        yield _could_not(name, type(fault).__name__)


def _could_not(name: str, said: str) -> Finding:
    return failed(name, f"확인하지 못했습니다: {said}", f"could not look: {said}")
