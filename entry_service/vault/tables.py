"""The tables of the vault: sealed records, the days' public keys, disclosures, case files, the audit chain.

Nothing in the clear, and no key that opens anything: those are files of their own (key_ring.py).
"""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, MetaData, Table, Text

from entry_service.store.schema.tables import NAMES, SEQUENCE, Moment

metadata = MetaData(naming_convention=NAMES)

day_keys = Table(
    "day_keys",
    metadata,
    Column("day", Date, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),  # first 16 hexadecimal digits of the SHA-256 of the public key
    Column("destroyed_at", Moment),
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

factors = Table(  # second factors of accounts: the secret of a time-based code, wrapped
    "factors",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("wrapped_secret", LargeBinary, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("confirmed_at", Moment),  # None until the first right code
    Column("last_step", SEQUENCE, nullable=False),  # a code works once
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("used_at", Moment),
)

disclosures = Table(  # a request to name people, and what became of it; approved exactly as it was asked
    "disclosures",
    metadata,
    Column("request_hash", Text, primary_key=True),  # SHA-256 of ``content``, hexadecimal
    Column("case_id", Text, nullable=False, index=True),
    Column("content", Text, nullable=False),  # canonical JSON: case, purpose, places, windows, digest of passes
    Column("purpose", Text, nullable=False),
    Column("people", Integer, nullable=False),  # how many are asked for
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decision", Text, nullable=False),  # "" waiting, "approved", "returned"
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("remark", Text, nullable=False),
    Column("opened_at", Moment),
    Column("opened_by", Text),
    Column("outcome", Text),  # JSON of counts once opened: asked, readable, unreadable, destroyed, contacts, new
)

disclosure_passes = Table(  # exactly which passes a request is about; dies with their day
    "disclosure_passes",
    metadata,
    Column("request_hash", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("pid", LargeBinary, primary_key=True),
    Column("evidence", Text, nullable=False),  # JSON: place, times, overlap, source, confidence
)

case_files = Table(  # the approved contacts of one case, sealed to a random key of their own
    "case_files",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("destroyed_at", Moment),
)

case_contacts = Table(
    "case_contacts",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("contact_number", Integer, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column(
        "person", LargeBinary, nullable=False
    ),  # HMAC of the number under the case's key: one person, one contact
    Column("sealed", LargeBinary, nullable=False),
)

contact_states = Table(  # called, tested, isolated, closed: every change is a row, the newest counts
    "contact_states",
    metadata,
    Column("state_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("case_id", Text, nullable=False),
    Column("contact_number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "case_id", "contact_number"),
)

audit = Table(  # who did what, why and how much; each row holds the hash of the one before
    "audit",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("body", Text, nullable=False),  # canonical JSON (RFC 8785)
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),  # by the audit's own key, over number and hash
)

audit_subjects = Table(  # whom a row is about, under the subject key of its year
    "audit_subjects",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
    Column("subject", LargeBinary, primary_key=True),
    Index(None, "subject"),
)
