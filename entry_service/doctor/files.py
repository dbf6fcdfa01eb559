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
    """Look at modes and owners, of the secrets of the KakaoTalk channel too; of results at their folder."""
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
    lost = settings.kakao_secrets and not Path(settings.kakao_secrets).is_file()
    if lost:
        yield failed(
            "permissions",
            "카카오톡 스킬의 비밀값 파일이 없습니다. `ENTRY_KAKAO_SECRETS`를 확인하시기 바랍니다.",
            "The file of the KakaoTalk secrets is missing. Look at `ENTRY_KAKAO_SECRETS`.",
        )
    if not (wrong or strange or lost):
        yield ok(
            "permissions",
            f"파일 {len(looked)}개의 권한이 맞습니다.",
            f"The modes of {len(looked)} are right.",
        )


def _places(settings: Settings) -> Iterator[Path]:
    yield settings.var
    if settings.kakao_secrets and (secrets := Path(settings.kakao_secrets)).is_file():
        yield secrets
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
