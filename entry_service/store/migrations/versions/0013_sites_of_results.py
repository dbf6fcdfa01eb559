"""How many sites the contacts of a case were asked for: a call to a site is spared once, not once a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add a column; of cases that are gone one site is known where there were contacts."""
    op.add_column("case_results", sa.Column("sites", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE case_results SET sites = 1 WHERE contacts > 0")
