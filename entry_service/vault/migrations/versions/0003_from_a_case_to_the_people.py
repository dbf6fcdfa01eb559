"""From a case to the people: second factors, disclosures, case files, the audit chain that nothing rewrites."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
UNCHANGING = ("audit", "audit_subjects")


def upgrade() -> None:
    """Add the tables, and triggers that let the audit only grow."""
    _factors()
    _disclosures()
    _case_files()
    op.create_table(
        "audit",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "audit_subjects",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.LargeBinary, primary_key=True),
    )
    op.create_index("ix_audit_subjects_subject", "audit_subjects", ["subject"])
    _let_the_audit_only_grow()


def _factors() -> None:
    op.create_table(
        "factors",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("wrapped_secret", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", SEQUENCE, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        sa.Column("used_at", MOMENT),
    )


def _disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("request_hash", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT),
        sa.Column("opened_by", sa.Text),
        sa.Column("outcome", sa.Text),
    )
    op.create_index("ix_disclosures_case_id", "disclosures", ["case_id"])
    op.create_table(
        "disclosure_passes",
        sa.Column("request_hash", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("pid", sa.LargeBinary, primary_key=True),
        sa.Column("evidence", sa.Text, nullable=False),
    )


def _case_files() -> None:
    op.create_table(
        "case_files",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("destroyed_at", MOMENT),
    )
    op.create_table(
        "case_contacts",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("contact_number", sa.Integer, primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("person", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "contact_states",
        sa.Column("state_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("contact_number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_index("ix_contact_states_case_id_contact_number", "contact_states", ["case_id", "contact_number"])


def _let_the_audit_only_grow() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in UNCHANGING:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$"
    )
    for table in UNCHANGING:
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
