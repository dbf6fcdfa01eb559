"""Readings that are doubted, and what somebody decided about them: rows beside the log, which is never changed."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from .tables import SEQUENCE, Moment, metadata

doubts = Table(  # why an accepted reading is doubted, one row a reason; ``beside``: the reading it contradicts
    "doubts",
    metadata,
    Column("doubt_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("scan_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("facility_id", Text, nullable=False),
    Column("scanned_at", Moment, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("beside", Text, nullable=False),
    Column("lifted_at", Moment),  # what it rested on turned out to be wrong: it holds nothing back
    UniqueConstraint("scan_id", "reason"),
    Index(None, "facility_id", "scanned_at"),
    Index(None, "scanned_at"),
)

doubt_decisions = Table(  # every decision about a reading; the one without ``ended_at`` holds
    "doubt_decisions",
    metadata,
    Column("decision_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("scan_id", Text, nullable=False),
    Column("scanned_at", Moment, nullable=False),
    Column("decision", Text, nullable=False),  # "counts", "void", "reopened"
    Column("why", Text, nullable=False),
    Column("entry", Text, nullable=False),  # of a leaving that goes with its entry: the entry's scan_id
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("ended_at", Moment),
    Column("up_to", BigInteger),  # the newest doubt that was seen; none for a leaving that was read afterwards
    Index(None, "scan_id"),
    Index(None, "entry"),
    Index(None, "scanned_at"),
)
