"""Look at everything an installation depends on."""

import click

from entry_service import clock
from entry_service.settings import read_settings

from .shared import REFUSED

NAMES = (
    *("clock", "keys", "permissions", "disk", "database"),
    *("service", "certificate", "settings", "watcher", "purge", "backup", "register"),
)
MARKS = {"ok": "  ", "warning": "! ", "failed": "✗ "}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Only this check. Repeatable.")
@click.option("--language", type=click.Choice(["ko", "en"]), default="ko", show_default=True, help="Words.")
@click.option("--vault", is_flag=True, help="What a vault of its own depends on, as the vault's own user.")
@click.pass_context
def doctor(context: click.Context, only: tuple[str, ...], language: str, vault: bool) -> None:
    """Check clock, keys, permissions, disk, databases, service, certificate, copies, watcher, purge and backups.

    Run as the service's user. Exit code 1 where something (✗) wants a person now; warnings (!) leave it 0.
    """
    from entry_service.doctor import examine
    from entry_service.doctor.examination import VAULT_CHECKS

    if vault and (others := [name for name in only if name not in VAULT_CHECKS]):
        raise click.UsageError(f"--vault looks at {', '.join(VAULT_CHECKS)}, not at {', '.join(others)}.")
    states = set()
    for one in examine(read_settings(), clock.reading(), only, vault=vault):
        click.echo(f"{MARKS[one.state]}{one.check}: {getattr(one, language)}")
        states.add(one.state)
    if "failed" in states:
        context.exit(REFUSED)
