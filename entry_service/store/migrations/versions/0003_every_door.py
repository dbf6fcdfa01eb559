"""Every way in and out: zones, profiles, undoing, closing, quarantine, slips, typed codes, limits, dwell."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns and tables; rows that exist keep their meaning."""
    op.add_column("scans", sa.Column("zone", sa.Text, nullable=False, server_default=""))
    op.add_column("scans", sa.Column("children", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("facilities", sa.Column("seats", sa.Integer))
    op.add_column("facilities", sa.Column("call_number", sa.Text))
    op.create_index("uq_facilities_call_number", "facilities", ["call_number"], unique=True)
    op.add_column("devices", sa.Column("zone", sa.Text, nullable=False, server_default=""))
    op.add_column("devices", sa.Column("profile", sa.Text, nullable=False, server_default="desk"))
    _at_the_door()
    _over_the_log()
    _of_other_doors()
    op.create_table(
        "distancing",
        sa.Column("distancing_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("set_by", sa.Text),
    )
    op.create_table(
        "learned_dwell",
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("learned_at", MOMENT, primary_key=True),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("stays", sa.Integer, nullable=False),
    )
    op.create_table(
        "signs",
        _facility(primary_key=True),
        sa.Column("sign_id", sa.Text, nullable=False, unique=True),
        sa.Column("made_at", MOMENT, nullable=False),
    )


def _facility(**options: object) -> sa.Column:
    return sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False, **options)


def _at_the_door() -> None:
    op.create_table(
        "zones",
        sa.Column("zone_id", sa.Text, primary_key=True),
        _facility(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer),
        sa.Column("retired_at", MOMENT),
    )
    op.create_index("ix_zones_facility_id", "zones", ["facility_id"])
    op.create_table(
        "enrolments",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        _facility(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )
    op.create_table(
        "pins",
        _facility(primary_key=True),
        sa.Column("pin_hash", sa.Text, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
    )


def _over_the_log() -> None:
    op.create_table(
        "voids",
        sa.Column("scan_id", sa.Text, primary_key=True),
        sa.Column("voided_at", MOMENT, nullable=False),
        sa.Column("voided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "closings",
        sa.Column("closing_id", sa.Text, primary_key=True),
        _facility(),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
    )
    op.create_index("ix_closings_facility_id_closed_at", "closings", ["facility_id", "closed_at"])
    op.create_table(
        "quarantines",
        sa.Column("quarantine_id", SEQUENCE, primary_key=True, autoincrement=True),
        _facility(),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text),
    )
    op.create_index("ix_quarantines_facility_id_started_at", "quarantines", ["facility_id", "started_at"])
    op.create_table(
        "quarantine_decisions",
        sa.Column("decision_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("quarantine_id", SEQUENCE, sa.ForeignKey("quarantines.quarantine_id"), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
    )
    op.create_index("ix_quarantine_decisions_quarantine_id", "quarantine_decisions", ["quarantine_id"])


def _of_other_doors() -> None:
    op.create_table(
        "poster_reports",
        sa.Column("report_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("poster_id", sa.Text, nullable=False),
        sa.Column("facility_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.Text),
    )
    op.create_index("ix_poster_reports_poster_id", "poster_reports", ["poster_id"])
    op.create_index("ix_poster_reports_facility_id", "poster_reports", ["facility_id"])
    op.create_table(
        "slips",
        sa.Column("scan_id", sa.Text, primary_key=True),
        _facility(),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
    )
    op.create_index("ix_slips_facility_id_day", "slips", ["facility_id", "day"])
    op.create_table(
        "paper_destructions",
        _facility(primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("slips", sa.Integer, nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "short_codes",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("handle", sa.Text, primary_key=True),
        sa.Column("pid", sa.LargeBinary, nullable=False),
        sa.Column("slot_seconds", sa.SmallInteger, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
    )
