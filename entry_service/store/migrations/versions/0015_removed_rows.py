"""How many rows of the log each drill removed: visitors are counted on without them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add three columns; what drills removed before is not counted, it only moves where the count begins."""
    for name in ("rows_removed", "numbers_lost"):
        op.add_column("drills", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # as the log numbers its rows
    op.add_column("drills", sa.Column("newest_removed", number, nullable=False, server_default="0"))
