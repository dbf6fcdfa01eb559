"""The keys of the vault: seal the key-encryption key with a passphrase, look after the two stores."""

from collections import Counter
from pathlib import Path

import click

from entry_service.settings import Settings, read_settings

from .shared import refuse

WORDS = {
    "lives": "사용 중",
    "destroyed": "파기됨",
    "copy missing": "사본 없음",
    "copy damaged": "사본 손상",
    "not finished": "파기 미완료",
    "unreadable": "열 수 없음",
}


@click.command()
@click.option("--new-file", type=click.Path(path_type=Path), help="File with the new passphrase.")
def passphrase(new_file: Path | None) -> None:
    """Seal the vault's key with a passphrase, or change it; the plain key file goes."""
    from entry_service.vault import kek

    settings = read_settings()
    place = settings.vault_key_dir
    was_sealed = kek.is_sealed(place)
    held = kek.open_kek(place, settings.passphrase_file, may_make=False)
    if new_file is not None:
        new = kek.read_passphrase(str(new_file))
    elif settings.passphrase_file and not was_sealed:
        new = kek.read_passphrase(settings.passphrase_file)
    else:
        new = click.prompt("새 암호문구", hide_input=True, confirmation_prompt="새 암호문구 확인")
    kek.set_passphrase(place, held, new)
    click.echo(f"금고의 열쇠를 암호문구로 잠갔습니다: {place / kek.SEALED}")
    click.echo("암호문구를 잊으면 연락처를 다시 열 수 없습니다. 봉투에 적어 실물 금고에 보관하시기 바랍니다.")


@click.command()
@click.option("--repair", is_flag=True, help="Copy what a store lacks, and finish destructions that were begun.")
@click.option(
    "--join",
    "new",
    type=click.Path(file_okay=False, path_type=Path),
    help="Make DIR the second store, in place of one that was lost or moves.",
)
def keys(repair: bool, new: Path | None) -> None:
    """Show the keys in both stores: alive, destroyed, a copy missing."""
    settings = read_settings()
    if new is not None:
        return _join(settings, new)
    from entry_service.vault import kek, key_stores
    from entry_service.vault.key_ring import KeyRing

    place = settings.vault_key_dir
    ring = KeyRing(kek.open_kek(place, settings.passphrase_file, may_make=False), place, settings.key_copy_dir)
    mended = key_stores.repair(ring) if repair else []
    found = key_stores.states(ring)
    click.echo("\n".join([*(f"{at.resolve()}" for at in ring.stores), ""]))
    for one in found:
        click.echo("\t".join([one.kind, one.name, WORDS[one.state]]))
    counts = Counter(one.state for one in found)
    summary = [f"{WORDS[state]} {count}" for state, count in sorted(counts.items())]
    click.echo(", ".join(summary) or "열쇠가 없습니다.")
    if repair:
        click.echo(f"고친 열쇠: {sum(one not in found for one in mended)}")
    if any(one.state not in key_stores.WHOLE for one in found):
        refuse("두 저장소가 서로 다릅니다. `vault keys --repair`로 고칠 수 있는 것은 고쳐집니다.")


def _join(settings: Settings, new: Path) -> None:
    from entry_service.vault.key_stores import join

    living = join(settings.vault_key_dir, settings.key_copy_dir, new)
    click.echo(f"사용 중인 열쇠 {living}개와 파기 표시를 옮겼습니다.")
    click.echo(f"ENTRY_KEY_COPY={new.resolve()}로 정하시기 바랍니다.")
    click.echo("이전 저장소가 다시 나타나면 그 안의 열쇠는 파기되지 않은 것입니다. 반드시 지우시기 바랍니다.")
