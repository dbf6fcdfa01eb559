"""The tables beside the public list: publications that wait for a second person, and stops of the notices."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from .tables import SEQUENCE, Moment, metadata

publication_requests = Table(  # what the circuit breaker held back; the rows themselves are drafts
    "publication_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),  # core/breaker.py: exactly what may be approved
    Column("place_ids", Text, nullable=False),  # "12.15"
    Column("people", Integer, nullable=False),
    Column("reasons", Text, nullable=False),  # codes of core/breaker.py, by spaces
    Column("remark", Text, nullable=False),
    Column("asked_by", ForeignKey("accounts.account_id"), nullable=False),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("state", Text, nullable=False),  # "waiting", "approved" or "returned"
    Column("decided_by", ForeignKey("accounts.account_id")),
    Column("decided_at", Moment),
    Column("answer", Text, nullable=False),
)

notice_stops = Table(  # the switch that stops all notices at once; open while nobody has let them go on
    "notice_stops",
    metadata,
    Column("stop_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("remark", Text, nullable=False),
    Column("stopped_by", ForeignKey("accounts.account_id")),  # None: a backup was put back
    Column("stopped_at", Moment, nullable=False),
    Column("answer", Text, nullable=False),
    Column("resumed_by", ForeignKey("accounts.account_id")),
    Column("resumed_at", Moment),
    Column("backup_at", Moment),  # when the backup was made that was put back: later changes are not in the log
)
