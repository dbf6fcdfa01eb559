"""The table of the end of collection: one row at the most, written once two people have decided."""

from sqlalchemy import Boolean, Column, SmallInteger, Table, Text

from .tables import Moment, metadata

sunset = Table(
    "sunset",
    metadata,
    Column("only_row", SmallInteger, primary_key=True),
    Column("ends_at", Moment, nullable=False),  # what happens from then on is not kept
    Column("early", Boolean, nullable=False),  # keys go at once, by decree
    Column("proof", Text, nullable=False),  # the signed file, empty until nothing is left
)
