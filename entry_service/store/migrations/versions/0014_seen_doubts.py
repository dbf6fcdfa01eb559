"""A decision about a reading keeps which doubts were seen: those that come later wait for another."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add a column; decisions that were made before settled what was found by then."""
    op.add_column("doubt_decisions", sa.Column("up_to", sa.BigInteger))
    op.execute(
        "UPDATE doubt_decisions SET up_to = (SELECT max(doubt_id) FROM doubts "
        "WHERE doubts.scan_id = doubt_decisions.scan_id AND doubts.found_at <= doubt_decisions.decided_at)"
    )
