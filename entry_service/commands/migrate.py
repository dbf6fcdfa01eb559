"""Create or upgrade the databases and make the keys that are missing."""

import click

from entry_service.settings import keep_secret, read_settings


@click.command()
def migrate() -> None:
    """Create or upgrade both databases, make missing keys and the cookie secret. Safe to repeat."""
    from entry_service.services import prepare

    settings = read_settings()
    prepare(settings)
    keep_secret(settings)
    click.echo(f"출입 기록과 금고, 열쇠가 준비되었습니다: {settings.var}")
