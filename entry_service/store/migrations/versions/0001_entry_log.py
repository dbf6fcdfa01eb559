"""The entry log as it was first: facilities, posters, devices, accounts, sessions, scans, cases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables; on PostgreSQL and SQLite a scan can only be inserted, never changed."""
    op.create_table(
        "facilities",
        sa.Column("facility_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("coord_quality", sa.Text, nullable=False),
        sa.Column("area_m2", sa.Float),
        sa.Column("capacity", sa.Integer),
        sa.Column("risk_score", sa.SmallInteger),
        sa.Column("stage", sa.SmallInteger, nullable=False),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("opens", sa.SmallInteger, nullable=False),
        sa.Column("closes", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "posters",
        sa.Column("poster_id", sa.Text, primary_key=True),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
    )
    op.create_index("ix_posters_facility_id", "posters", ["facility_id"])
    op.create_table(
        "devices",
        sa.Column("device_id", sa.Text, primary_key=True),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("last_seen_at", MOMENT),
    )
    op.create_index("ix_devices_facility_id", "devices", ["facility_id"])
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id")),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
    )
    op.create_table(
        "sessions",
        sa.Column("session_hash", sa.LargeBinary, primary_key=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "scans",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("scan_id", sa.Text, nullable=False, unique=True),
        sa.Column("facility_id", sa.Text, nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text),
        sa.Column("pid", sa.LargeBinary),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("confidence", sa.Text, nullable=False),
        sa.Column("party_size", sa.SmallInteger, nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
    )
    op.create_index("ix_scans_facility_id_scanned_at", "scans", ["facility_id", "scanned_at"])
    op.create_index("ix_scans_pid_scanned_at", "scans", ["pid", "scanned_at"])
    op.create_index("ix_scans_scanned_at", "scans", ["scanned_at"])
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("onset", sa.Date),
        sa.Column("specimen_date", sa.Date),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by", sa.Text),
    )
    op.create_table(
        "index_visits",
        sa.Column("index_visit_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
        sa.Column("facility_id", sa.Text, sa.ForeignKey("facilities.facility_id"), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("end", MOMENT, nullable=False),
        sa.Column("by_date", sa.Boolean, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
    )
    for column in ("case_id", "facility_id", "known_at"):
        op.create_index(f"ix_index_visits_{column}", "index_visits", [column])
    _append_only()


def _append_only() -> None:
    """Let the database itself refuse a changed scan; deletion stays open to the retention job."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER scans_append_only BEFORE UPDATE ON scans "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER scans_append_only BEFORE UPDATE ON scans FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
