"""Move a pilot from SQLite to PostgreSQL, and print the proof that nothing is missing or changed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from entry_service.settings import read_settings

from .shared import progress

if TYPE_CHECKING:
    from entry_service.store.move import Moved, Watch


@click.command("move-to-postgres")
@click.option("--log", "only_log", is_flag=True, help="Only the log.")
@click.option("--vault", "only_vault", is_flag=True, help="Only the vault, as the vault's own user.")
@click.option("--rehearse", is_flag=True, help="Beside the running service: do all of it, tell, and undo it.")
def move_to_postgres(only_log: bool, only_vault: bool, rehearse: bool) -> None:
    """Move var/log.sqlite and var/vault.sqlite into the empty PostgreSQL of ENTRY_LOG_URL and ENTRY_VAULT_URL.

    Stop the service first; doors queue meanwhile. Safe to repeat: what was moved and is equal is left alone. The
    files stay as they are. Where ENTRY_VAULT_SOCKET is set the vault is another user's: then the log alone.
    """
    from entry_service.store import move
    from entry_service.vault.move import move_vault

    settings = read_settings()
    how = move.rehearse if rehearse else move.move
    begun = time.monotonic()
    moved: list[Path] = []
    with_vault = only_vault or not (only_log or settings.vault_socket)
    if with_vault:  # first: a visit without its contact is worse than the other way round
        file = settings.var / "vault.sqlite"
        keys = settings.vault_key_dir, settings.key_copy_dir
        _tell("금고", _watched("금고", lambda watch: move_vault(file, settings.vault_url, *keys, how, watch)))
        moved.append(file)
    if only_log or not only_vault:
        file = settings.var / "log.sqlite"
        _tell("출입 기록", _watched("출입 기록", lambda watch: move.move_log(file, settings.log_url, how, watch)))
        moved.append(file)
    click.echo(f"{time.monotonic() - begun:.1f}초 걸렸습니다.")
    if rehearse:
        click.echo("연습이었으므로 옮긴 것을 모두 되돌렸습니다. 서비스는 그대로 쓰시면 됩니다.")
        return
    click.echo("서비스를 시작하고 확인한 뒤, 보존 기간이 지나도 남지 않도록 이전 파일을 지우시기 바랍니다.")
    for file in moved:
        click.echo(f"지울 파일: {file}, {file.name}-wal, {file.name}-shm, {file.name}.lock")


def _watched(what: str, work: Callable[["Watch"], "Moved"]) -> "Moved":
    with progress() as shown:
        task = shown.add_task(what, total=None)
        return work(lambda table: shown.update(task, description=f"{what}: {table}"))


def _tell(what: str, moved: "Moved") -> None:
    table = Table("표", "행", "원본 해시", "사본 해시", title=what)
    for source, copy in zip(moved.source, moved.copy, strict=True):
        table.add_row(source.table, f"{source.rows:,} = {copy.rows:,}", source.content, copy.content)
    Console(width=100).print(table)
    rows = sum(one.rows for one in moved.copy)
    done = "이미 옮겨져 있고 원본과 같습니다" if moved.before else "옮겼고 원본과 같습니다"
    click.echo(f"{what}: 표 {len(moved.copy)}개, {rows:,}행을 {done}.")
