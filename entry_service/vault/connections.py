"""How many connections the vault's PostgreSQL has for us; asked here, as only the vault opens its database."""

from entry_service.store.database.connections import Allowance, allowance


def vault_allowance(url: str) -> Allowance | None:
    """Return what the PostgreSQL of the vault allows; None where the vault is embedded."""
    return allowance(url)
