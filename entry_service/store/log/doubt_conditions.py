"""What holds of a row of ``doubts``: it waits, there is something to tell of it, a decision would change it."""

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from entry_service.core.doubt_rules import Decision

from ..schema.doubt_tables import doubt_decisions, doubts

Change = tuple[Decision, str]  # a decision and its reason
said, here = doubt_decisions.c, doubts.c


def waits() -> ColumnElement[bool]:
    """Return the condition of a doubt that was not lifted, and that nobody has seen and decided about."""
    settled = or_(said.decision == "void", and_(said.decision == "counts", said.up_to >= here.doubt_id))
    return and_(here.lifted_at.is_(None), not_(_holds().where(settled)))


def is_told() -> ColumnElement[bool]:
    """Return the condition of a doubt that was not lifted, or was decided about: that may be decided otherwise."""
    return or_(here.lifted_at.is_(None), _holds().where(said.decision != "reopened"))


def changed_by(decision: Decision, why: str) -> ColumnElement[bool]:
    """Return the condition of a doubt about whose reading another decision holds, or none."""
    if decision == "reopened":  # what nobody decided cannot be reopened
        return _holds().where(said.decision != decision)
    return or_(waits(), not_(_holds().where(said.decision == decision, said.why == why)))


def _holds():
    """Return the question whether a decision holds about the reading."""
    return exists().where(said.scan_id == here.scan_id, said.ended_at.is_(None))
