"""The end of collection, one row once two people have decided it; what the log was worth to each case."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "sunset",
        sa.Column("only_row", sa.SmallInteger, sa.CheckConstraint("only_row = 1"), primary_key=True),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("early", sa.Boolean, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
    )
    op.create_table(
        "case_results",
        sa.Column("result_id", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("visits", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("lost", sa.Integer, nullable=False),
        sa.Column("reached", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Float),
    )
    op.create_table(
        "report_figures",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
