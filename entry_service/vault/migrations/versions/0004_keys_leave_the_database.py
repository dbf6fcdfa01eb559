"""The wrapped keys of the days become files of the key ring; the table keeps what names them and their end.

The files are durable before the columns go. The table is made anew, because a dropped column may leave its content
in the pages of the old one.
"""

import hashlib

import sqlalchemy as sa
from alembic import context, op

from entry_service.vault.keys import unwrap

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Move the keys out, then make the table anew."""
    days = sa.table(
        "day_keys",
        sa.column("day", sa.Date),
        sa.column("public_key", sa.LargeBinary),
        sa.column("wrapped_private_key", sa.LargeBinary),
        sa.column("wrapped_index_key", sa.LargeBinary),
    )
    rows = op.get_bind().execute(sa.select(days)).all()
    if rows:
        kek, ring = context.config.attributes["keys"]()
        for row in rows:
            private = unwrap(kek, row.day, b"private", row.wrapped_private_key)
            ring.keep("days", row.day.isoformat(), private + unwrap(kek, row.day, b"index", row.wrapped_index_key))
    op.drop_table("day_keys")
    made = op.create_table(
        "day_keys",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("destroyed_at", sa.BigInteger),
    )
    for row in rows:
        key_id = hashlib.sha256(row.public_key).hexdigest()[:16]
        op.execute(sa.insert(made).values(day=row.day, public_key=row.public_key, key_id=key_id))
