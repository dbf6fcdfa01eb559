"""The databases: of today's form, and set so that what was acknowledged survives a power cut."""

from collections.abc import Callable, Iterator
from typing import Any

from entry_service.core.retention import Reading
from entry_service.settings import Settings
from entry_service.store.database.copies import describe
from entry_service.store.database.migrate import is_current
from entry_service.vault.copies import describe_vault
from entry_service.vault.vault import vault_is_current

from .findings import Finding, failed, ok


def check_log(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the log."""
    yield from _of("출입 기록", "log", is_current(settings.log_address), lambda: describe(settings.log_address))


def check_vault(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the vault where it is opened in this process."""
    if not settings.vault_socket:
        here = settings.vault_address
        yield from _of("금고", "vault", vault_is_current(here), lambda: describe_vault(here))


def _of(ko: str, en: str, current: bool, look: Callable[[], dict[str, Any]]) -> Iterator[Finding]:
    if not current:
        yield failed(
            "database",
            f"{ko}의 데이터베이스가 없거나 이전 형식입니다. `migrate`를 실행하시기 바랍니다.",
            f"The database of the {en} is missing or of an earlier form: run `migrate`.",
        )
        return
    told = look()
    name = f"{told['database']} {told['version']}"
    if told.get("journal", "wal") != "wal":
        yield failed(
            "database",
            f"{ko}의 저널 방식이 wal이 아닙니다({told['journal']}). 서비스를 다시 시작하시기 바랍니다.",
            f"The journal of the {en} is {told['journal']} and not wal: start the service again.",
        )
    else:
        yield ok("database", f"{ko}: {name}, 형식과 설정이 맞습니다.", f"{en}: {name}, all as it must be.")
