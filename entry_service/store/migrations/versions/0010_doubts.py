"""Doubted readings and what somebody decided about them; those that were flagged before wait as well."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "doubts",
        sa.Column("doubt_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("scan_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("facility_id", sa.Text, nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("beside", sa.Text, nullable=False),
        sa.UniqueConstraint("scan_id", "reason", name="uq_doubts_scan_id"),
    )
    op.create_index("ix_doubts_facility_id_scanned_at", "doubts", ["facility_id", "scanned_at"])
    op.create_index("ix_doubts_scanned_at", "doubts", ["scanned_at"])
    op.create_table(
        "doubt_decisions",
        sa.Column("decision_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("scan_id", sa.Text, nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    for column in ("scan_id", "entry", "scanned_at"):
        op.create_index(f"ix_doubt_decisions_{column}", "doubt_decisions", [column])
    op.execute(
        "INSERT INTO doubts (scan_id, reason, facility_id, scanned_at, found_at, beside) "
        "SELECT scan_id, 'two_places', facility_id, scanned_at, received_at, '' FROM scans "
        "WHERE outcome = 'accepted' AND ' ' || flags || ' ' LIKE '% two_places %'"
    )
