"""The tables around the log: what stands at a door, what is said over rows of the log, what other doors bring.

The log itself is never changed: a scan that was undone, a place that was emptied and a flood that is held back are
rows here, and every reading of the log takes them into account (store/log/counted.py).
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

from .tables import SEQUENCE, Moment, metadata


def _facility(**options: bool) -> Column:
    return Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, **options)


zones = Table(  # a part of a facility with a door of its own; entering one leaves the one before
    "zones",
    metadata,
    Column("zone_id", Text, primary_key=True),
    _facility(index=True),
    Column("name", Text, nullable=False),
    Column("capacity", Integer),
    Column("retired_at", Moment),
)

enrolments = Table(  # an invitation for one device, known by the hash of what its QR holds
    "enrolments",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _facility(),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

pins = Table(  # the manager's PIN of a facility: opens a kiosk and admits beyond the limit
    "pins",
    metadata,
    _facility(primary_key=True),
    Column("pin_hash", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
)

voids = Table(  # a scan that was undone: kept in the log, counted by no reading
    "voids",
    metadata,
    Column("scan_id", Text, primary_key=True),
    Column("voided_at", Moment, nullable=False),
    Column("voided_by", Text, nullable=False),  # device_id or account_id
    Column("reason", Text, nullable=False),
)

closings = (
    Table(  # "everyone out": whoever was inside the facility (or zone) then has left; closing_id is made once
        "closings",
        metadata,
        Column("closing_id", Text, primary_key=True),
        _facility(),
        Column("zone", Text, nullable=False),
        Column("closed_at", Moment, nullable=False),
        Column("received_at", Moment, nullable=False),
        Column("closed_by", Text, nullable=False),
        Index(None, "facility_id", "closed_at"),
    )
)

quarantines = Table(  # a flood of unverified poster entries: [started_at, ended_at) is held back until decided
    "quarantines",
    metadata,
    Column("quarantine_id", SEQUENCE, primary_key=True, autoincrement=True),
    _facility(),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("decision", Text, nullable=False),  # "" held back, "released" counted again, "voided" for good
    Column("decided_at", Moment),
    Column("decided_by", Text),
    Index(None, "facility_id", "started_at"),
)

quarantine_decisions = Table(  # every decision about a flood; the newest is also in its row of quarantines
    "quarantine_decisions",
    metadata,
    Column("decision_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("quarantine_id", ForeignKey("quarantines.quarantine_id"), nullable=False, index=True),
    Column("decision", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", Text, nullable=False),
)

poster_reports = Table(
    "poster_reports",
    metadata,
    Column("report_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("poster_id", Text, nullable=False, index=True),
    Column("facility_id", Text, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", Text),
    Column("result", Text, nullable=False, server_default=""),  # "found", "not_found", "seen"; "" while open
)

slips = Table(  # the number printed on a paper slip, so that the paper can be found and destroyed
    "slips",
    metadata,
    Column("scan_id", Text, primary_key=True),
    _facility(),
    Column("day", Date, nullable=False),
    Column("number", Text, nullable=False),
    Index(None, "facility_id", "day"),
)

paper_destructions = Table(
    "paper_destructions",
    metadata,
    _facility(primary_key=True),
    Column("day", Date, primary_key=True),
    Column("slips", Integer, nullable=False),
    Column("destroyed_at", Moment, nullable=False),
    Column("confirmed_by", Text, nullable=False),
)

short_codes = Table(  # which pass of the day a typed code belongs to
    "short_codes",
    metadata,
    Column("day", Date, primary_key=True),
    Column("handle", Text, primary_key=True),
    Column("pid", LargeBinary, nullable=False),
    Column("slot_seconds", SmallInteger, nullable=False),
    Column("verified", Boolean, nullable=False),
)

distancing = Table(  # which scheme and level of distancing holds since when; the newest row counts
    "distancing",
    metadata,
    Column("distancing_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("scheme", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("set_by", Text),
)

learned_dwell = Table(  # the usual stay of a category, as explicit check-outs taught it by that day
    "learned_dwell",
    metadata,
    Column("category", Text, primary_key=True),
    Column("learned_at", Moment, primary_key=True),
    Column("minutes", Float, nullable=False),
    Column("stays", Integer, nullable=False),
)

signs = Table(  # the address of a facility's public sign; a new sign_id ends the one before
    "signs",
    metadata,
    _facility(primary_key=True),
    Column("sign_id", Text, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
)
