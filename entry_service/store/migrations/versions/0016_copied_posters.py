"""Of which posters a copy was found; what came of a report about one; doubts that were lifted again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add four columns; what was settled before has no result."""
    op.add_column("posters", sa.Column("copied_at", sa.BigInteger))
    op.add_column("posters", sa.Column("copied_by", sa.Text))
    op.add_column("poster_reports", sa.Column("result", sa.Text, nullable=False, server_default=""))
    op.add_column("doubts", sa.Column("lifted_at", sa.BigInteger))
