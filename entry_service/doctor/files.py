"""Permissions: everything below ``var`` and in the stores of keys belongs to the service's user alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from entry_service.core.retention import Reading
from entry_service.settings import Settings

from .findings import Finding, failed, ok

SHOWN = 5
OTHERS = stat.S_IRWXG | stat.S_IRWXO
CLOSED = (
    "extract",
    "results",
    "plans",
    "inbox",
    "population",
    "reports",
)  # their content lies behind their own mode


def check(settings: Settings, reading: Reading) -> Iterator[Finding]:
    """Look at modes and owners; in the folders of results only at the folder itself."""
    looked = sorted(set(_places(settings)))
    wrong = [path for path in looked if path.stat().st_mode & OTHERS]
    strange = [path for path in looked if path.stat().st_uid != os.geteuid()]
    if wrong:
        names = _names(wrong, settings)
        yield failed(
            "permissions",
            f"다른 사용자가 볼 수 있는 파일이 있습니다: {names}. `chmod go=`로 막으시기 바랍니다.",
            f"Others may look into: {names}. Close them with `chmod go=`.",
        )
    if strange:
        names = _names(strange, settings)
        yield failed(
            "permissions",
            f"서비스 사용자의 것이 아닌 파일이 있습니다: {names}. 서비스 사용자로 실행하였습니까?",
            f"Not owned by the user who asks: {names}. Was this run as the service's user?",
        )
    if not (wrong or strange):
        yield ok(
            "permissions",
            f"파일 {len(looked)}개의 권한이 맞습니다.",
            f"The modes of {len(looked)} are right.",
        )


def _places(settings: Settings) -> Iterator[Path]:
    yield settings.var
    yield from settings.var.glob("*.sqlite*")
    yield from (path for name in CLOSED if (path := settings.var / name).is_dir())
    stores = [
        settings.key_dir,
        settings.vault_key_dir,
        *([] if settings.vault_socket else [settings.key_copy_dir]),
    ]
    for store in filter(Path.is_dir, stores):
        yield store
        yield from (path for path in store.rglob("*") if path.name != "lan.crt")


def _names(paths: list[Path], settings: Settings) -> str:
    shown = [path.name if path == settings.var else f"{path.parent.name}/{path.name}" for path in paths[:SHOWN]]
    return ", ".join([*shown, *(["…"] if len(paths) > SHOWN else [])])
