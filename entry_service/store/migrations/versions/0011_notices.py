"""Publications that wait for a second person, and stops of the notices."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "publication_requests",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("place_ids", sa.Text, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, sa.ForeignKey("accounts.account_id")),
        sa.Column("decided_at", MOMENT),
        sa.Column("answer", sa.Text, nullable=False),
    )
    op.create_index("ix_publication_requests_asked_at", "publication_requests", ["asked_at"])
    op.create_table(
        "notice_stops",
        sa.Column("stop_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("stopped_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("resumed_by", sa.Text, sa.ForeignKey("accounts.account_id")),
        sa.Column("resumed_at", MOMENT),
    )
