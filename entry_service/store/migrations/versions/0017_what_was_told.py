"""What each change of a published place told anew; stops of the notices that a restored backup left."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add columns, empty for what was before; a stop may have been made by no account."""
    op.add_column("place_changes", sa.Column("told_start", sa.BigInteger))
    op.add_column("place_changes", sa.Column("told_end", sa.BigInteger))
    op.create_index("ix_place_changes_changed_at", "place_changes", ["changed_at"])
    op.add_column("notice_stops", sa.Column("backup_at", sa.BigInteger))
    with op.batch_alter_table("notice_stops") as stops:
        stops.alter_column("stopped_by", existing_type=sa.Text, nullable=True)
