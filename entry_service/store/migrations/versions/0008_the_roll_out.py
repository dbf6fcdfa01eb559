"""The roll-out: files of facilities that wait for a yes, requests of private sites, the official risk scores."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ITEMS = ("enclosure", "crowding", "gathering", "activity", "duration", "control")


def upgrade() -> None:
    """Add four tables."""
    op.create_table(
        "facility_files",
        sa.Column("file_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("sent_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("taken_by", sa.Text, sa.ForeignKey("accounts.account_id")),
        sa.Column("taken_at", MOMENT),
        sa.Column("added", sa.Integer),
        sa.Column("changed", sa.Integer),
    )
    op.create_index("ix_facility_files_sent_at", "facility_files", ["sent_at"])
    op.create_table(
        "site_requests",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("business_number", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("contact", sa.LargeBinary),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text, sa.ForeignKey("accounts.account_id")),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id")),
        sa.Column("manager_at", MOMENT),
    )
    op.create_index("ix_site_requests_business_number", "site_requests", ["business_number"])
    op.create_index("ix_site_requests_asked_at", "site_requests", ["asked_at"])
    op.create_table(
        "risk_scores",
        sa.Column("score_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False),
        *(sa.Column(item, sa.SmallInteger, nullable=False) for item in ITEMS),
        sa.Column("scored_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("scored_at", MOMENT, nullable=False),
    )
    op.create_index("ix_risk_scores_facility_id", "risk_scores", ["facility_id"])
    op.create_table(
        "risk_thresholds",
        sa.Column("threshold_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("high_from", sa.SmallInteger, nullable=False),
        sa.Column("medium_from", sa.SmallInteger, nullable=False),
        sa.Column("set_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
    )
