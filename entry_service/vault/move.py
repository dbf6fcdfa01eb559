"""Move the vault's database into an empty PostgreSQL; its keys stay where they are."""

from pathlib import Path

from entry_service.store.move import How, Moved, Watch, assert_current

from .tables import metadata
from .vault import migrate_vault, vault_is_current


def move_vault(source: Path, target: str, key_dir: Path, key_copy: Path, how: How, watch: Watch) -> Moved:
    """Move the vault, or rehearse it; the target gets the newest form first. See ``store.move.move``."""
    assert_current(vault_is_current(f"sqlite:///{source}"))
    migrate_vault(target, key_dir, key_copy)
    return how(source, target, metadata, watch=watch)
