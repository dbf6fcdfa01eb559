"""The list of checks. Each looks by itself, so that one that cannot look does not hide what the others see."""

from collections.abc import Callable, Iterator
from pathlib import Path

from entry_service.core.errors import EntryError
from entry_service.core.retention import Reading
from entry_service.settings import Settings

from . import certificate, clocks, databases, disks, files, keys, runs
from .findings import Finding, failed

Check = Callable[[Settings, Reading], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "clock": clocks.check,
    "keys": keys.check,
    "permissions": files.check,
    "disk": disks.check,
    "database": databases.check,
    "certificate": certificate.check,
    "settings": keys.check_places,
    "watcher": runs.check_watcher,
    "purge": runs.check_purge,
    "backup": runs.check_backup,
}


def examine(settings: Settings, reading: Reading, only: tuple[str, ...] = ()) -> list[Finding]:
    """Return what the checks (all, or the named ones) find; a refusal on the way is a finding too."""
    found: list[Finding] = []
    for name in only or CHECKS:
        try:
            found += CHECKS[name](settings, reading)
        except EntryError as refusal:
            told = ", ".join(f"{key}: {value}" for key, value in refusal.facts.items())
            found.append(failed(name, f"{refusal.sentence} ({told})", f"refused: {refusal.code} ({told})"))
        except OSError as fault:
            place = Path(fault.filename).name if fault.filename else ""
            said = f"{fault.strerror or type(fault).__name__} {place}".strip()
            found.append(failed(name, f"확인하지 못했습니다: {said}", f"could not look: {said}"))
    return found
