"""The vault: its own process, and its keys."""

import click

from .vault_keys import keys, passphrase
from .vault_serve import serve


@click.group()
def vault() -> None:
    """The vault of contacts: its process and its keys."""


for command in (serve, keys, passphrase):
    vault.add_command(command)
