"""A plan that is sent out to its teams: an officer says which plan of a day holds.

Plans that teams carry out already count as sent out when their first team was given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table, whose rows are never changed, and what was sent out so far."""
    op.create_table(
        "plan_sendings",
        sa.Column("sending_id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("sent_by", sa.Text, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_plan_sendings_plan_id", "plan_sendings", ["plan_id"])
    op.create_index("ix_plan_sendings_day", "plan_sendings", ["day"])
    op.execute(
        "INSERT INTO plan_sendings (plan_id, day, sent_by, sent_at) "
        "SELECT plan_id, day, given_by, given_at FROM plan_teams WHERE given_id IN "
        "(SELECT min(given_id) FROM plan_teams WHERE team IS NOT NULL GROUP BY plan_id) ORDER BY given_id"
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER plan_sendings_append_only BEFORE UPDATE ON plan_sendings "
            "BEGIN SELECT RAISE(ABORT, 'plan_sendings is append-only'); END"
        )
    else:  # the function is of 0001; its message is of the log as a whole
        op.execute(
            "CREATE TRIGGER plan_sendings_append_only BEFORE UPDATE ON plan_sendings FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()"
        )
