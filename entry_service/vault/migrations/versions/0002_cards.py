"""Printed cards: a contact that only the card itself opens, and the pass it carries on one day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the register of cards and their passes of a day."""
    op.create_table(
        "cards",
        sa.Column("card_id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "card_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("blind", sa.LargeBinary, primary_key=True),
        sa.Column("pid", sa.LargeBinary, nullable=False),
    )
