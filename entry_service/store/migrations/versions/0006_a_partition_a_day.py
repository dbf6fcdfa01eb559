"""On PostgreSQL the log lies in one partition a Korean day, so that a day is dropped whole. SQLite stays as it is.

Expand: the partitioned table beside the old one. Migrate: every row, proved by count and checksum. Contract: the
old table goes. All of it or nothing; the log is locked meanwhile, and doors queue.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

COLUMNS = (
    "seq, scan_id, facility_id, gate, device_id, pid, direction, source, confidence, party_size, scanned_at, "
    "received_at, outcome, flags, zone, children"
)
DAY, KST = 86_400_000_000, 32_400_000_000  # microseconds
INDEXES = {
    "facility_id_scanned_at": "facility_id, scanned_at",
    "pid_scanned_at": "pid, scanned_at",
    "scanned_at": "scanned_at",
}
# A unique index of a partitioned table must name the day, so none holds scan_id unique in the whole log. Instead
# readings of one id take turns, and each looks whether the log has it. Whoever writes in bulk holds the table.
SCAN_ID_ONCE = """
CREATE FUNCTION scan_id_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(6, hashtext(NEW.scan_id));
  IF EXISTS (SELECT FROM scans WHERE scan_id = NEW.scan_id) THEN RETURN NULL; END IF;
  RETURN NEW;
END $$
"""
ONE_BY_ONE = "current_setting('entry_log.bulk', true) IS DISTINCT FROM 'on'"


def upgrade() -> None:
    """Move the rows into partitions; prove that they are the same; drop the table they came from."""
    if op.get_bind().dialect.name == "sqlite":
        return
    _expand()
    _migrate()
    op.execute("DROP TABLE scans_unparted")
    _index()
    _guard()


def _expand() -> None:
    """Make the partitioned table, with a partition for each day that has a row and one for all others."""
    op.execute("LOCK TABLE scans IN ACCESS EXCLUSIVE MODE")
    op.execute("ALTER TABLE scans RENAME TO scans_unparted")
    op.execute("CREATE TABLE scans (LIKE scans_unparted INCLUDING DEFAULTS) PARTITION BY RANGE (scanned_at)")
    op.execute("ALTER SEQUENCE scans_seq_seq OWNED BY scans.seq")
    op.execute("CREATE TABLE scans_other PARTITION OF scans DEFAULT")
    days = f"SELECT DISTINCT (scanned_at + {KST}) / {DAY} AS number FROM scans_unparted ORDER BY number"
    for number in _all(days):
        start = number * DAY - KST
        [day] = _all(f"SELECT to_char(date '1970-01-01' + {number}, 'YYYYMMDD')")
        op.execute(f"CREATE TABLE scans_{day} PARTITION OF scans FOR VALUES FROM ({start}) TO ({start + DAY})")


def _migrate() -> None:
    op.execute(f"INSERT INTO scans ({COLUMNS}) SELECT {COLUMNS} FROM scans_unparted ORDER BY seq")
    if (found := _proof("scans")) != (wanted := _proof("scans_unparted")):
        raise RuntimeError(f"the partitioned log differs from the one it was made of: {found}, {wanted}")


def _index() -> None:
    op.execute("ALTER TABLE scans ADD PRIMARY KEY (seq, scanned_at)")
    op.execute("ALTER TABLE scans ADD CONSTRAINT uq_scans_scan_id UNIQUE (scan_id, scanned_at)")
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX ix_scans_{name} ON scans ({columns})")


def _proof(table: str) -> tuple[int, int]:
    """Return how many rows a table has, and a checksum of them in any order."""
    checksum = f"coalesce(sum(hashtextextended(row({COLUMNS})::text, 0)::numeric), 0)"
    return tuple(op.get_bind().execute(sa.text(f"SELECT count(*), {checksum} FROM {table}")).one())


def _guard() -> None:
    """Let the database itself refuse changes, early deletions and second readings, as before."""
    op.execute(SCAN_ID_ONCE)
    op.execute(
        f"CREATE TRIGGER scan_id_once BEFORE INSERT ON scans FOR EACH ROW WHEN ({ONE_BY_ONE}) "
        "EXECUTE FUNCTION scan_id_once()"
    )
    op.execute(
        "CREATE TRIGGER scans_append_only BEFORE UPDATE ON scans FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER scans_kept BEFORE DELETE ON scans FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion()"
    )
    partitions = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'scans'::regclass"
    for table in ["scans", *_all(partitions)]:
        op.execute(
            f"CREATE TRIGGER scans_never_truncated BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_change()"
        )


def _all(query: str) -> list[Any]:
    return list(op.get_bind().execute(sa.text(query)).scalars())
