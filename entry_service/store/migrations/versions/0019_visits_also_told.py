"""An index visit that the log knows and the case told as well is found in the log, with a mark."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the mark; what was kept under a third word gets it, and the word that earlier code knows."""
    op.add_column("index_visits", sa.Column("also_told", sa.Boolean, nullable=False, server_default=sa.false()))
    visits = sa.table("index_visits", sa.column("origin", sa.Text), sa.column("also_told", sa.Boolean))
    op.execute(visits.update().where(visits.c.origin == "both").values(origin="pass", also_told=sa.true()))
