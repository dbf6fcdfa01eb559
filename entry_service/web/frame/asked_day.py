"""The day that a page was asked for in its address."""

from datetime import date

from flask import request

from entry_service.core.times import kst_day

from .context import now

FIRST = date(2000, 1, 1)  # older days are no days of an entry log, and their neighbours may not exist


def asked_day() -> date | None:
    """Return the day of ``?day=``; None where it is missing, unreadable, absurdly old or yet to come."""
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return asked if FIRST <= asked <= kst_day(now()) else None
