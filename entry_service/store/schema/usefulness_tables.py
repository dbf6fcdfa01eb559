"""The tables of the usefulness report: what the log was worth to each case, the figures that people entered."""

from sqlalchemy import Column, Float, Integer, Table, Text

from .tables import Moment, metadata

case_results = Table(  # counts; the id is a case's random one, and names nothing once the case is gone
    "case_results",
    metadata,
    Column("result_id", Text, primary_key=True),
    Column("month", Text, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("contacts", Integer, nullable=False),
    Column("sites", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False),
    Column("reached", Integer, nullable=False),
    Column("minutes", Float),
)

report_figures = Table(  # costs, and minutes in place of assumed ones; nothing is there until somebody enters it
    "report_figures",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Float, nullable=False),
    Column("source", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
)
