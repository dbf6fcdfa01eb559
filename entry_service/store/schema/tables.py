"""The tables of the entry log. No column links two days of one visitor, and none holds a name or number.

Times are stored as microseconds since 1970 UTC in 64-bit integers: the same on SQLite and PostgreSQL, ordered,
compact, and free of time-zone guesses. ``Moment`` turns them into aware datetimes at the rim of the store.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    false,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return microseconds since 1970 UTC of an aware datetime, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


class Moment(TypeDecorator):
    """An aware datetime, stored as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> int | None:
        """Refuse a naive datetime by failing on the subtraction."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: object) -> datetime | None:
        """Return an aware UTC datetime."""
        return None if value is None else from_micros(value)


NAMES = {"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
metadata = MetaData(naming_convention=NAMES)
SEQUENCE = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only INTEGER keys

facilities = Table(
    "facilities",
    metadata,
    Column("facility_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("coord_quality", Text, nullable=False),
    Column("area_m2", Float),
    Column("capacity", Integer),
    Column("risk_score", SmallInteger),
    Column("stage", SmallInteger, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("opens", SmallInteger, nullable=False),
    Column("closes", SmallInteger, nullable=False),
    Column("seats", Integer),
    Column("call_number", Text),
    Index("uq_facilities_call_number", "call_number", unique=True),
)

posters = Table(
    "posters",
    metadata,
    Column("poster_id", Text, primary_key=True),
    Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("retired_at", Moment),
    Column("copied_at", Moment),  # somebody looked and found a copy of it elsewhere; with copied_by
    Column("copied_by", Text),
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", Text, primary_key=True),
    Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_seen_at", Moment),
    Column("zone", Text, nullable=False, server_default=""),
    Column("profile", Text, nullable=False, server_default="desk"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("facility_id", ForeignKey("facilities.facility_id")),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("half", Boolean, nullable=False),  # the password was right, the second factor is still to come
)

scans = Table(
    "scans",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("scan_id", Text, nullable=False, unique=True),
    Column("facility_id", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("device_id", Text),
    Column("pid", LargeBinary),
    Column("direction", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("party_size", SmallInteger, nullable=False),
    Column("scanned_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("zone", Text, nullable=False, server_default=""),
    Column("children", SmallInteger, nullable=False, server_default="0"),
    Index(None, "facility_id", "scanned_at"),
    Index(None, "pid", "scanned_at"),
    Index(None, "scanned_at"),
)

retention = Table(  # one row at the most: scans before this moment may be deleted, no others (a trigger holds it)
    "retention",
    metadata,
    Column("only_row", SmallInteger, primary_key=True),
    Column("purged_before", Moment, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("onset", Date),
    Column("specimen_date", Date),
    Column("registered_at", Moment, nullable=False),
    Column("registered_by", Text),
    Column("isolated_on", Date),  # the exposure window ends with this day
    Column("closed_at", Moment),
    Column("closed_by", Text),
)

index_visits = Table(
    "index_visits",
    metadata,
    Column("index_visit_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, index=True),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("by_date", Boolean, nullable=False),
    Column("origin", Text, nullable=False),  # "place" as told, or "pass" as found in the log
    Column("known_at", Moment, nullable=False, index=True),
    Column("seen_until", Moment),  # with gone_by: bounds of an end that nothing was read of
    Column("gone_by", Moment),
    Column("sent_out", Boolean, nullable=False, server_default=false()),
    Column("also_told", Boolean, nullable=False, server_default=false()),  # of "pass": the case told it as well
)
