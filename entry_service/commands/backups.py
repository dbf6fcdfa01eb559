"""Backups of the databases: make, verify, put back."""

from pathlib import Path

import click

from entry_service import clock
from entry_service.core.times import KST
from entry_service.settings import keep_secret, read_settings

from .shared import WRONG, refuse

FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


@click.group()
def backup() -> None:
    """Backups: make, verify, restore. Keys are in none of them."""


@backup.command()
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="Folder.  [default: ENTRY_BACKUPS]")
@click.option("--keep", type=click.IntRange(min=1), help="Then remove all but so many.  [default: all stay]")
@click.option("--log", "only_log", is_flag=True, help="Only the log.")
@click.option("--vault", "only_vault", is_flag=True, help="Only the vault, as the vault's own user.")
def make(to: Path | None, keep: int | None, only_log: bool, only_vault: bool) -> None:
    """Copy log and vault while the service goes on, and verify the copies.

    Where ENTRY_VAULT_SOCKET is set the vault is another user's: then the log alone, unless --vault is given.
    """
    from entry_service.upkeep import backups

    settings = read_settings()
    home = to or settings.backup_dir
    if home is None:
        refuse("백업할 곳을 --to나 ENTRY_BACKUPS로 정하시기 바랍니다.", WRONG)
    chosen = {"log": not only_vault, "vault": only_vault or not (only_log or bool(settings.vault_socket))}
    made = backups.make(settings, home, clock.now(), **chosen)
    _tell(made)
    for folder in backups.prune(home, keep, made) if keep else ():
        click.echo(f"오래된 백업을 지웠습니다: {folder}")
    for folder in backups.unreadable(home):
        click.echo(f"읽을 수 없는 백업이 있습니다: {folder}", err=True)


@backup.command()
@click.argument("folder", type=FOLDER)
def verify(folder: Path) -> None:
    """Compare the copies with their hashes, and ask the database whether they are whole."""
    from entry_service.upkeep import backups

    found = backups.read(folder)
    backups.verify(found)
    _tell(found)


@backup.command()
@click.argument("folder", type=FOLDER)
def restore(folder: Path) -> None:
    """Put a backup into an installation without databases; days that ended since are destroyed again."""
    from entry_service.upkeep import backups, restores

    settings = read_settings()
    found = backups.read(folder)
    done = restores.restore(settings, found, clock.reading())
    if "log" in done.rows:
        keep_secret(settings)
    _tell(found)
    click.echo(f"다시 파기한 날: {', '.join(map(str, done.destroyed)) or '없음'}")
    click.echo(f"{_kst(found)} 이후의 기록은 이 백업에 없습니다. 기기가 보관한 것은 다시 보내집니다.")
    click.echo(f"접속기록에서 잃은 것: {done.audit_lost:,}건(사본에 남아 있고, 잃었다는 것도 남습니다)")
    if done.register_back:
        click.echo("게시 이력을 되돌렸습니다.")
    if done.register in {"behind", "other", "changed"}:
        click.echo(
            "게시 이력이 지금 공개한 결과보다 오래되었거나 그 결과의 것이 아닙니다. "
            "더 새로운 사본을 되돌릴 때까지 새 결과를 공개하지 않습니다(docs/publication.md).",
            err=True,
        )
    click.echo("다음: 서비스를 시작한 뒤 파기 대장에서 시각을 확인하시기 바랍니다(docs/operations.md).")


def _tell(made) -> None:
    click.echo(f"{made.folder} ({_kst(made)})")
    for name, part in made.told.parts.items():
        click.echo(
            f"{name}: {part.file}, 표 {len(part.rows)}개, 행 {sum(part.rows.values()):,}개, SHA-256 {part.sha256}"
        )
    if made.told.register:
        click.echo(f"게시 이력: 파일 {len(made.told.register):,}개")


def _kst(made) -> str:
    return f"{made.made_at.astimezone(KST):%Y-%m-%d %H:%M:%S}"
