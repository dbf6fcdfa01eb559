"""Put a backup into an empty installation, and destroy again what was destroyed since it was made."""

from dataclasses import dataclass
from datetime import date

from entry_service.core.actors import SERVICE
from entry_service.core.retention import Reading
from entry_service.services import (
    open_own_log,
    open_own_vault,
    open_services,
    prepare,
    prepare_log,
    prepare_vault,
)
from entry_service.settings import Settings
from entry_service.store.cases import notices
from entry_service.store.database import copies
from entry_service.usecases.retention.purge import purge
from entry_service.vault.copies import clear_vault, put_vault_back, vault_is_empty, vault_rows

from . import restoring
from .backups import REGISTER, Backup, BackupRefused, verify
from .public_register import Standing, look, put_register_back

REMARK = "백업을 되돌렸습니다. 그 뒤의 회수와 정정, 알림 정지는 이 기록에 없습니다."


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    ``rows``: by part and table. ``destroyed``: days that had ended since, and went again. ``audit_lost``: rows of
    the audit that only its second place had seen; that they are lost is written there for ever. ``register_back``:
    the public register was put back; ``register``: how it stands to the public result now.
    """

    rows: dict[str, dict[str, int]]
    destroyed: tuple[date, ...]
    audit_lost: int
    register_back: bool
    register: Standing


def restore(settings: Settings, backup: Backup, reading: Reading) -> Restored:
    """Put every part of a verified backup in place, migrate it, stop notices, and destroy what is due or dead.

    Days whose keys were destroyed since go at once, whatever the clock says. What broke off is cleared and begun
    anew. Raises ``BackupRefused`` where something else is there already, where a copy is damaged, or where what
    came back is not what was counted.
    """
    verify(backup)
    parts = backup.told.parts
    is_empty = {"log": lambda: copies.is_empty(settings.log_address)}
    is_empty["vault"] = lambda: vault_is_empty(settings.vault_address)  # of its own user where it has one
    broken = restoring.begun(settings)
    if other := broken - parts.keys():
        sentence = "끝나지 않은 복구가 있습니다. 그 부분이 들어 있는 백업으로 다시 하시기 바랍니다."
        raise BackupRefused(sentence, key=", ".join(sorted(other)))
    taken = [name for name in parts if name not in broken and not is_empty[name]()]
    if taken:
        sentence = "이미 데이터베이스가 있습니다. 파일도 저널(-wal, -shm, -journal)도 없는 곳에만 되돌립니다."
        raise BackupRefused(sentence, key=", ".join(taken))
    restoring.begin(settings, parts)
    try:
        rows = _put(settings, backup, broken)
    except BaseException:
        if all(is_empty[name]() for name in parts):  # no pg_restore, another kind of database: nothing came in
            restoring.end(settings)
        raise
    for name, part in parts.items():
        if rows[name] != part.rows:
            raise BackupRefused("되돌린 행의 수가 백업과 다릅니다.", key=name)
    _prepare(settings, set(parts))
    if "log" in parts:
        _stop_notices(settings, backup, reading)
    lost = _resume_audit(settings, reading) if "vault" in parts else 0
    back = bool(backup.told.register) and put_register_back(backup.folder / REGISTER, settings.public_dir)
    register = look(settings.public_dir)
    if parts.keys() != {
        "log",
        "vault",
    }:  # the service destroys once the other part is there
        restoring.end(settings)
        return Restored(rows, (), lost, back, register)
    services = open_services(settings, reading.wall)
    try:
        services.vault.audit.append("notices_stopped", SERVICE, now=reading.wall, outcome="restored")
        done = purge(services, reading)
    finally:
        services.close()
    restoring.end(settings)
    return Restored(rows, tuple(done.days), lost, back, register)


def _put(settings: Settings, backup: Backup, broken: set[str]) -> dict[str, dict[str, int]]:
    """Clear what broke off, put every part in its place, and return its rows by part and table."""
    parts, rows = backup.told.parts, {}
    if "log" in parts:
        if "log" in broken:
            copies.clear(settings.log_address)
        copies.put_back(backup.folder / parts["log"].file, settings.log_address)
        rows["log"] = copies.rows_of(settings.log_address)
    if "vault" in parts:
        if "vault" in broken:
            clear_vault(settings.vault_address)
        put_vault_back(backup.folder / parts["vault"].file, settings.vault_address)
        rows["vault"] = vault_rows(settings.vault_address)
    return rows


def _stop_notices(settings: Settings, backup: Backup, reading: Reading) -> None:
    """Tell no phone anything until an approver has looked: the log does not know what was withdrawn since."""
    store = open_own_log(settings)
    try:
        store.write(lambda db: notices.stop_restored(db, REMARK, backup.made_at, reading.wall))
    finally:
        store.close()


def _resume_audit(settings: Settings, reading: Reading) -> int:
    """Let the audit go on after a database that is older than its second place; nothing could be written else."""
    vault = open_own_vault(settings)
    try:
        return vault.audit.resume(reading.wall).lost
    finally:
        vault.close()


def _prepare(settings: Settings, parts: set[str]) -> None:
    if parts == {"log"}:
        prepare_log(settings)
    elif parts == {"vault"}:
        prepare_vault(settings)
    else:
        prepare(settings)
