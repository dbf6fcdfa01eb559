"""The tables of what follows a case and of what is destroyed: places, stay lengths, receipts, the clock."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from .tables import SEQUENCE, Moment, metadata

stay_lengths = Table(  # how long stays that a check-out ended were, by category: the newest learning only
    "stay_lengths",
    metadata,
    Column("category", Text, primary_key=True),
    Column("minutes", Integer, primary_key=True),
    Column("stays", Integer, nullable=False),
)

case_passes = Table(  # the passes of a confirmed person: left out of its own contacts; dies with the day
    "case_passes",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("pid", LargeBinary, primary_key=True),
)

published_places = Table(  # where confirmed persons were, as the public is told: no case, no person, no route
    "published_places",
    metadata,
    Column("place_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("facility_id", ForeignKey("facilities.facility_id"), nullable=False, index=True),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("by_date", Boolean, nullable=False),
    Column("contacts_known", Boolean, nullable=False),  # all contacts are found: the place is not published
    Column("disinfected_at", Moment),
    Column("remark", Text, nullable=False),
    Column("state", Text, nullable=False),  # "draft", "published" or "withdrawn"
    Column("created_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("messaged_at", Moment),  # when a disaster message about it was last made ready
)

place_changes = Table(  # who drafted, published, corrected or withdrew a place, and when
    "place_changes",
    metadata,
    Column("change_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("place_id", ForeignKey("published_places.place_id"), nullable=False, index=True),
    Column("act", Text, nullable=False),  # core/publication.py Act
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("told_start", Moment),  # the window that the act told; None where it told nobody more
    Column("told_end", Moment),
)

destructions = Table(  # one row a day that is, or is being, destroyed: what was counted before anything went
    "destructions",
    metadata,
    Column("day", Date, primary_key=True),
    Column("stage", Text, nullable=False),  # usecases/retention/purge.py
    Column("begun_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("counts", Text, nullable=False),  # JSON: facility_id → what was counted
)

receipts = Table(  # signed proof of what was destroyed, a row a day and facility ("" is the whole service)
    "receipts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("facility_id", Text, primary_key=True),
    Column("body", Text, nullable=False),  # canonical JSON, exactly as it was signed
    Column("signature", LargeBinary, nullable=False),
    Index(None, "facility_id", "day"),
)

clock_marks = Table(  # how far the clock was believed at the last look, a row a run of a machine
    "clock_marks",
    metadata,
    Column("boot_id", Text, primary_key=True),
    Column("wall", Moment, nullable=False),
    Column("boot_seconds", Float, nullable=False),
)

slip_counts = Table(  # paper slips of destroyed days at a facility: their rows are gone, the paper is not
    "slip_counts",
    metadata,
    Column("facility_id", ForeignKey("facilities.facility_id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("slips", Integer, nullable=False),
)
