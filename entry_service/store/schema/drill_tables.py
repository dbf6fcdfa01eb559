"""The tables of drills: what was tried and what came of it; the passes, until their day is destroyed."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text

from .tables import SEQUENCE, Moment, metadata

drills = Table(  # counts by site stay; nothing in it is of a person, not even of an invented one
    "drills",
    metadata,
    Column("drill_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # "outbreak" or "outage"
    Column("state", Text, nullable=False),  # usecases/drills/drills.py
    Column("started_at", Moment, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("ended_at", Moment),
    Column("case_id", Text, nullable=False),
    Column("plan", Text, nullable=False),  # JSON: what was to be done, and when each step was
    Column("result", Text, nullable=False),  # JSON, empty until it is scored
    Column("rows_removed", Integer, nullable=False, server_default="0"),  # of the log: it is counted on without
    Column("numbers_lost", Integer, nullable=False, server_default="0"),  # them (store/log/figures.py)
    Column("newest_removed", SEQUENCE, nullable=False, server_default="0"),
)

drill_passes = Table(  # a row of the log under one of these is marked, however late it comes
    "drill_passes",
    metadata,
    Column("pid", LargeBinary, primary_key=True),
    Column("drill_id", ForeignKey("drills.drill_id"), nullable=False, index=True),
    Column("day", Date, nullable=False, index=True),
    Column("facility_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("person", Integer, nullable=False),
    Column("leaves", Boolean, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("token", Text, nullable=False, index=True),
)

drill_tallies = Table(  # what a device says that it made in the window of a drill of an outage: one count
    "drill_tallies",
    metadata,
    Column("drill_id", ForeignKey("drills.drill_id"), primary_key=True),
    Column("device_id", Text, primary_key=True),
    Column("made", Integer, nullable=False),
    Column("told_at", Moment, nullable=False),
)
