"""The vault: its own process."""

import click

from .vault_serve import serve


@click.group()
def vault() -> None:
    """The vault of contacts: its process and its keys."""


vault.add_command(serve)
