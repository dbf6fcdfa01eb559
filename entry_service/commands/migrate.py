"""Create or upgrade the databases and make the keys that are missing."""

import click

from entry_service.settings import keep_secret, read_settings


@click.command()
@click.option("--log", "only_log", is_flag=True, help="Only the log, the service's keys and the cookie secret.")
@click.option("--vault", "only_vault", is_flag=True, help="Only the vault and its keys, as the vault's own user.")
def migrate(only_log: bool, only_vault: bool) -> None:
    """Create or upgrade log and vault, make missing keys and the cookie secret. Safe to repeat.

    Where ENTRY_VAULT_SOCKET is set the vault is another user's: then the log alone, unless --vault is given.
    """
    from entry_service.services import prepare_log, prepare_vault
    from entry_service.store.database import reserve
    from entry_service.upkeep.restoring import assert_whole

    settings = read_settings()
    assert_whole(settings)
    reserve.make_room(settings.var)
    if only_log or not only_vault:
        prepare_log(settings)
        keep_secret(settings)
    if only_vault or not (only_log or settings.vault_socket):
        prepare_vault(settings)
    if settings.reserve_mb:
        reserve.keep(settings.var, settings.reserve_mb)
    click.echo(f"출입 기록과 금고, 열쇠가 준비되었습니다: {settings.var}")
