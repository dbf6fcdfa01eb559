"""The vault: the only door to a name or number, in a database of its own, sealed from the first day."""

from .cards import CardRecord, IssuedCard
from .sealing import seal
from .vault import Deposit, Vault, open_vault

__all__ = ["CardRecord", "Deposit", "IssuedCard", "Vault", "open_vault", "seal"]
