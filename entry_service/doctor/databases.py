"""The databases: of today's form, whole, and set so that what was acknowledged survives a power cut."""

from collections.abc import Callable, Iterator
from typing import Any

from entry_service.core.retention import Reading
from entry_service.settings import Settings
from entry_service.store.database.copies import describe, flaw
from entry_service.store.database.migrate import is_current
from entry_service.vault.copies import describe_vault, vault_flaw
from entry_service.vault.vault import vault_is_current

from .findings import Finding, failed, ok

# What is wrong with its pages, whether its form is today's, and its kind, version and journal.
Looks = tuple[Callable[[str], str], Callable[[str], bool], Callable[[str], dict[str, Any]]]
LOG: Looks = (flaw, is_current, describe)
VAULT: Looks = (vault_flaw, vault_is_current, describe_vault)


def check_log(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the log."""
    yield from _of("출입 기록", "log", settings.log_address, LOG)


def check_vault(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at the vault where it is opened in this process."""
    if not settings.vault_socket:
        yield from _of("금고", "vault", settings.vault_address, VAULT)


def _of(ko: str, en: str, url: str, looks: Looks) -> Iterator[Finding]:
    flaw_of, fits, described = looks
    if wrong := flaw_of(url):
        yield failed(
            "database",
            f"{ko}의 데이터베이스 파일이 손상되었습니다({wrong}). 서비스를 멈추고 백업에서 복구하시기 바랍니다.",
            f"The database file of the {en} is damaged ({wrong}): stop the service and restore a backup.",
        )
        return
    if not fits(url):
        yield failed(
            "database",
            f"{ko}의 데이터베이스가 없거나 이전 형식입니다. `migrate`를 실행하시기 바랍니다.",
            f"The database of the {en} is missing or of an earlier form: run `migrate`.",
        )
        return
    told = described(url)
    name = f"{told['database']} {told['version']}"
    if told.get("journal", "wal") != "wal":
        yield failed(
            "database",
            f"{ko}의 저널 방식이 wal이 아닙니다({told['journal']}). 서비스를 다시 시작하시기 바랍니다.",
            f"The journal of the {en} is {told['journal']} and not wal: start the service again.",
        )
    else:
        yield ok("database", f"{ko}: {name}, 형식과 설정이 맞습니다.", f"{en}: {name}, all as it must be.")
