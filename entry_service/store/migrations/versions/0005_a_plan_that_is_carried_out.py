"""A plan that is carried out: its teams, what officers change in it, and what the teams note in the field."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.BigInteger
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = ("plan_teams", "plan_changes", "field_checks")


def upgrade() -> None:
    """Add three tables whose rows are never changed."""
    op.create_table(
        "plan_teams",
        sa.Column("given_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("team", sa.Integer),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
    )
    op.create_table(
        "plan_changes",
        sa.Column("change_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("stop_id", sa.Text, nullable=False),
        sa.Column("team", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_table(
        "field_checks",
        sa.Column("check_id", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("stop_id", sa.Text, nullable=False),
        sa.Column("team", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("ppm", sa.Integer),
        sa.Column("surfaces", sa.Text, nullable=False),
        sa.Column("aired_minutes", sa.Integer),
        sa.Column("obstacle", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("judged_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
    )
    for table, columns in (
        ("plan_teams", ("plan_id",)),
        ("plan_teams", ("account_id",)),
        ("plan_changes", ("plan_id",)),
        ("field_checks", ("plan_id",)),
        ("field_checks", ("day", "stop_id")),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    for table in TABLES:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse a changed row; deletion stays open to the retention job."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    else:  # the function is of 0001; its message is of the log as a whole
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()"
        )
