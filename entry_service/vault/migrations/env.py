"""Alembic's way into the vault; the connection is handed over by store.migrate."""

from alembic import context

from entry_service.vault.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="vault_version",
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
