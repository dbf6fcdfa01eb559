"""What a device says that it made in the window of a drill of an outage."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "drill_tallies",
        sa.Column("drill_id", sa.Text, sa.ForeignKey("drills.drill_id"), primary_key=True),
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("told_at", sa.BigInteger, nullable=False),
    )
