"""A scan can be deleted only after the retention job has said up to when: the log is append-only by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the mark of the retention job, and the triggers that read it."""
    op.create_table(
        "retention",
        sa.Column("only_row", sa.SmallInteger, sa.CheckConstraint("only_row = 1"), primary_key=True),
        sa.Column("purged_before", sa.BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER scans_kept BEFORE DELETE ON scans "
            "WHEN old.scanned_at >= coalesce((SELECT purged_before FROM retention), old.scanned_at) "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF old.scanned_at >= coalesce((SELECT purged_before FROM retention), old.scanned_at) "
            "THEN RAISE EXCEPTION 'the log is append-only'; END IF; RETURN old; END $$"
        )
        op.execute(
            "CREATE TRIGGER scans_kept BEFORE DELETE ON scans FOR EACH ROW "
            "EXECUTE FUNCTION refuse_early_deletion()"
        )
        op.execute(
            "CREATE TRIGGER scans_never_truncated BEFORE TRUNCATE ON scans FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_change()"
        )
