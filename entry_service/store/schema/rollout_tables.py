"""The tables of the roll-out: files that wait for a yes, private sites that ask to take part, risk scores."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, SmallInteger, Table, Text

from entry_service.core.risk import ITEMS

from .tables import SEQUENCE, Moment, metadata

facility_files = Table(  # ``content`` is emptied once it was taken, and after a day
    "facility_files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary),
    Column("sent_by", ForeignKey("accounts.account_id"), nullable=False),
    Column("sent_at", Moment, nullable=False, index=True),
    Column("taken_by", ForeignKey("accounts.account_id")),
    Column("taken_at", Moment),
    Column("added", Integer),
    Column("changed", Integer),
)

site_requests = Table(  # core/site_requests.py SiteRequest
    "site_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("business_number", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("contact", LargeBinary),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", ForeignKey("accounts.account_id")),
    Column("reason", Text, nullable=False),
    Column("facility_id", ForeignKey("facilities.facility_id")),
    Column("manager_at", Moment),
)

risk_scores = Table(  # six answers of 0 to 2; a row is never changed, the newest counts
    "risk_scores",
    metadata,
    Column("score_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, index=True),
    *(Column(item, SmallInteger, nullable=False) for item in ITEMS),
    Column("scored_by", ForeignKey("accounts.account_id"), nullable=False),
    Column("scored_at", Moment, nullable=False),
)

risk_thresholds = Table(  # from which sum a site is of high or medium risk; the newest row counts
    "risk_thresholds",
    metadata,
    Column("threshold_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("high_from", SmallInteger, nullable=False),
    Column("medium_from", SmallInteger, nullable=False),
    Column("set_by", ForeignKey("accounts.account_id"), nullable=False),
    Column("since", Moment, nullable=False),
)
