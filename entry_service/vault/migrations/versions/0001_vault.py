"""The vault as it was first: day keys, sealed records, phone verifications."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "day_keys",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_private_key", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_index_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("record_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("pid", sa.LargeBinary, nullable=False),
        sa.Column("blind", sa.LargeBinary, nullable=False),
        sa.Column("over_cap", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("uq_records_day_pid", "records", ["day", "pid"], unique=True)
    op.create_index("ix_records_day_blind", "records", ["day", "blind"])
    op.create_table(
        "challenges",
        sa.Column("challenge_id", sa.Text, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("ix_challenges_subject", "challenges", ["subject"])
    op.create_index("ix_challenges_created_at", "challenges", ["created_at"])
