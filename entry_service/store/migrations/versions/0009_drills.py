"""Drills: their register, their passes, and the one other deletion that the log admits: of rows so marked."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.BigInteger
LATER = "old.scanned_at >= coalesce((SELECT purged_before FROM retention), old.scanned_at)"
REAL = "' ' || old.flags || ' ' NOT LIKE '% drill %'"


def upgrade() -> None:
    """Add two tables; let rows that were marked when they were written go before their day."""
    op.create_table(
        "drills",
        sa.Column("drill_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )
    op.create_table(
        "drill_passes",
        sa.Column("pid", sa.LargeBinary, primary_key=True),
        sa.Column("drill_id", sa.Text, sa.ForeignKey("drills.drill_id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("facility_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("leaves", sa.Boolean, nullable=False),
        sa.Column("seed", sa.LargeBinary, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
    )
    for column in ("drill_id", "day", "token"):
        op.create_index(f"ix_drill_passes_{column}", "drill_passes", [column])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER scans_kept")
        op.execute(
            f"CREATE TRIGGER scans_kept BEFORE DELETE ON scans WHEN {LATER} AND {REAL} "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {LATER} AND {REAL} "
            "THEN RAISE EXCEPTION 'the log is append-only'; END IF; RETURN old; END $$"
        )
