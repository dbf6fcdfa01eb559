"""From a case to the people, nothing left behind: closing of cases, published places, receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns and tables; rows that exist keep their meaning."""
    op.add_column("cases", sa.Column("isolated_on", sa.Date))
    op.add_column("cases", sa.Column("closed_at", MOMENT))
    op.add_column("cases", sa.Column("closed_by", sa.Text))
    op.add_column("sessions", sa.Column("half", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "stay_lengths",
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("minutes", sa.Integer, primary_key=True),
        sa.Column("stays", sa.Integer, nullable=False),
    )
    op.add_column("index_visits", sa.Column("seen_until", MOMENT))
    op.add_column("index_visits", sa.Column("gone_by", MOMENT))
    op.add_column("index_visits", sa.Column("sent_out", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "case_passes",
        sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("pid", sa.LargeBinary, primary_key=True),
    )
    op.create_index("ix_case_passes_day", "case_passes", ["day"])
    op.create_table(
        "published_places",
        sa.Column("place_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("end", MOMENT, nullable=False),
        sa.Column("by_date", sa.Boolean, nullable=False),
        sa.Column("contacts_known", sa.Boolean, nullable=False),
        sa.Column("disinfected_at", MOMENT),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("messaged_at", MOMENT),
    )
    op.create_index("ix_published_places_facility_id", "published_places", ["facility_id"])
    op.create_index("ix_published_places_expires_at", "published_places", ["expires_at"])
    op.create_table(
        "place_changes",
        sa.Column("change_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("place_id", SEQUENCE, sa.ForeignKey("published_places.place_id"), nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_index("ix_place_changes_place_id", "place_changes", ["place_id"])
    op.create_table(
        "destructions",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_table(
        "receipts",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("facility_id", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_receipts_facility_id_day", "receipts", ["facility_id", "day"])
    op.create_table(
        "clock_marks",
        sa.Column("boot_id", sa.Text, primary_key=True),
        sa.Column("wall", MOMENT, nullable=False),
        sa.Column("boot_seconds", sa.Float, nullable=False),
    )
    op.create_table(
        "slip_counts",
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("slips", sa.Integer, nullable=False),
    )
