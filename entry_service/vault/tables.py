"""The tables of the vault: sealed records, wrapped day keys, running phone verifications. Nothing in the clear."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, MetaData, Table, Text

from entry_service.store.tables import NAMES, SEQUENCE, Moment

metadata = MetaData(naming_convention=NAMES)

day_keys = Table(
    "day_keys",
    metadata,
    Column("day", Date, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("wrapped_private_key", LargeBinary, nullable=False),
    Column("wrapped_index_key", LargeBinary, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("record_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("day", Date, nullable=False),
    Column("pid", LargeBinary, nullable=False),
    Column("blind", LargeBinary, nullable=False),  # HMAC of the contact under the day's own index key
    Column("over_cap", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("uq_records_day_pid", "day", "pid", unique=True),
    Index("ix_records_day_blind", "day", "blind"),
)

cards = Table(  # printed cards: the contact is sealed to the card itself, and opened only when it is shown
    "cards",
    metadata,
    Column("card_id", Text, primary_key=True),  # printed on the card; opens nothing
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # HMAC of the card's secret
    Column("sealed", LargeBinary, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

card_days = Table(  # which pass a card carries on one day, under the day's own index key
    "card_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("blind", LargeBinary, primary_key=True),
    Column("pid", LargeBinary, nullable=False),
)

challenges = Table(
    "challenges",
    metadata,
    Column("challenge_id", Text, primary_key=True),
    Column("subject", LargeBinary, nullable=False, index=True),  # HMAC of the number under the vault's subject key
    Column("code_hash", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
    Column("done", Boolean, nullable=False),
)
