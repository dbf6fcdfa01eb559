"""The tables of what becomes of a plan: who is which team, when it was sent out, what was changed and noted.

Rows are added and never changed (a trigger holds that too); they are destroyed with the days they speak of.
"""

from sqlalchemy import Column, Date, Index, Integer, Table, Text

from .tables import SEQUENCE, Moment, metadata

plan_teams = Table(  # an account becomes a team of a plan; the newest row of plan and account counts
    "plan_teams",
    metadata,
    Column("given_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("plan_id", Text, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("account_id", Text, nullable=False, index=True),
    Column("team", Integer),  # NULL: taken off the plan
    Column("given_by", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
)

plan_sendings = Table(  # an officer sends a plan out to its teams; the newest row of a day counts
    "plan_sendings",
    metadata,
    Column("sending_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("plan_id", Text, nullable=False, index=True),
    Column("day", Date, nullable=False, index=True),
    Column("sent_by", Text, nullable=False),
    Column("sent_at", Moment, nullable=False),
)

plan_changes = Table(  # a stop goes to another team, or is dropped; the newest row of plan and stop counts
    "plan_changes",
    metadata,
    Column("change_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("plan_id", Text, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("stop_id", Text, nullable=False),
    Column("team", Integer),  # NULL: dropped
    Column("reason", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

field_checks = Table(  # core/disinfection.py FieldCheck
    "field_checks",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("plan_id", Text, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("stop_id", Text, nullable=False),
    Column("team", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("ppm", Integer),
    Column("surfaces", Text, nullable=False),  # separated by spaces
    Column("aired_minutes", Integer),
    Column("obstacle", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=False),
    Column("judged_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("account_id", Text, nullable=False),
    Index(None, "day", "stop_id"),
)
