"""The mark of a restore that goes on or broke off: until it is gone nothing else may use what lies there so far.

It names the parts that were empty when the restore began, and where they lie: the next try may clear just these.
"""

import json
import os
from collections.abc import Iterable

from entry_service.durable import sync_open, sync_path
from entry_service.settings import Settings
from entry_service.store.database.copies import place_of

from .backups import BackupRefused

FILE = "restoring.json"


def begin(settings: Settings, parts: Iterable[str]) -> None:
    """Mark the parts as being put back, durably, before the first of them is touched."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {name: _place(settings, name) for name in parts}
    draft = settings.var / f".{FILE}.new"
    with draft.open("w", encoding="utf-8") as opened:
        opened.write(json.dumps(told))
        sync_open(opened)
    os.replace(draft, settings.var / FILE)
    sync_path(settings.var)


def begun(settings: Settings) -> set[str]:
    """Return the parts whose restore broke off; raise ``BackupRefused`` where one was to lie somewhere else."""
    try:
        told = json.loads((settings.var / FILE).read_bytes())
    except FileNotFoundError:
        return set()
    if moved := [name for name, place in told.items() if place != _place(settings, name)]:
        sentence = "끝나지 않은 복구는 다른 데이터베이스에 하던 것입니다. 설정을 그때와 같게 하시기 바랍니다."
        raise BackupRefused(sentence, key=", ".join(moved), path=str(settings.var / FILE))
    return set(told)


def end(settings: Settings) -> None:
    """Take the mark away: everything is in place."""
    (settings.var / FILE).unlink(missing_ok=True)
    sync_path(settings.var)


def is_begun(settings: Settings) -> bool:
    """Say whether a restore goes on or broke off."""
    return (settings.var / FILE).exists()


def assert_whole(settings: Settings) -> None:
    """Raise ``BackupRefused`` while a restore is not finished: what is written now its next try would clear."""
    if is_begun(settings):
        sentence = "백업의 복구가 끝나지 않았습니다. 같은 `backup restore`를 다시 실행하시기 바랍니다."
        raise BackupRefused(sentence, path=str(settings.var / FILE))


def _place(settings: Settings, part: str) -> str:
    return place_of({"log": settings.log_address, "vault": settings.vault_address}[part])
