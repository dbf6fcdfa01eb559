"""When a place can be entered: opening hours as given, else as its log tells, else unknown."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from ..footfall.day_kinds import HOLIDAY, kind_of_day
from ..refusals import InputRefused

GIVEN, LEARNED, UNKNOWN, CLOSED, AGREED = "given", "learned", "unknown", "closed", "agreed"
COLUMNS = ("facility_id", "days", "open", "close")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = {"every": set(range(7)), "weekday": set(range(5)), "weekend": {5, 6}}
DAYS |= {name: {number} for number, name in enumerate(WEEK)}
OFTEN = 0.5
"""Open in an hour: on at least this share of the days of that kind."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Opening:
    """The opening time that a plan can use best; None on both sides where unknown, agreed or closed."""

    basis: str
    start: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Hours:
    """A row of an opening-hours file: weekdays (0 is Monday), minutes of the day; `close` may pass midnight."""

    days: frozenset[int]
    open: int
    close: int


def read_opening_hours(path: Path, known: set[str]) -> dict[str, list[Hours]]:
    """Return the opening hours by facility; a row without times says: closed on these days.

    Raises
    ------
    InputRefused
        Not such a table, an unknown facility, days or time; names file, line and field.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"cannot be read ({error})", file=path) from error
    rows = csv.DictReader(text.splitlines())
    lacking = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if lacking:
        raise InputRefused("the column is missing", file=path, line=1, field=lacking[0])
    found: dict[str, list[Hours]] = {}
    for row in rows:
        try:
            one = _hours(row, known)
        except _Fault as fault:
            raise InputRefused(str(fault), file=path, line=rows.line_num, field=fault.field) from fault
        found.setdefault(row["facility_id"], []).extend([one] if one else [])
    return found


class _Fault(ValueError):
    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def _hours(row: dict[str, str], known: set[str]) -> Hours | None:
    short = [name for name in COLUMNS if row[name] is None]
    if short or None in row:
        raise _Fault((short or COLUMNS[-1:])[0], "a row of another width than the header")
    if row["facility_id"] not in known:
        raise _Fault("facility_id", f"'{row['facility_id']}' is not in the extract")
    if row["days"] not in DAYS:
        raise _Fault("days", f"'{row['days']}' is none of {', '.join(DAYS)}")
    if not row["open"] and not row["close"]:
        return None
    begin, end = _minutes(row, "open"), _minutes(row, "close")
    return Hours(frozenset(DAYS[row["days"]]), begin, end if end > begin else end + 1_440)


def _minutes(row: dict[str, str], field: str) -> int:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", row[field] or "")
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minutes > 1_440:
        raise _Fault(field, f"'{row[field]}' is not a time such as 09:30, or 24:00")
    return minutes


def given_opening(rows: Iterable[Hours], begin: datetime, end: datetime) -> Opening:
    """Return the given opening time that shares most with [begin, end)."""
    runs = []
    for offset in (-1, 0, 1):
        midnight = _midnight(begin) + offset * DAY
        for row in rows:
            if midnight.weekday() in row.days:
                runs.append(tuple(midnight + timedelta(minutes=each) for each in (row.open, row.close)))
    return _best(runs, begin, end, GIVEN)


def learned_openings(
    hours: pd.DataFrame, wanted: Iterable[str], begin: datetime, end: datetime
) -> dict[str, Opening]:
    """Return what the log tells of when each wanted facility is open between begin and end.

    Parameters
    ----------
    hours : the extract's facility hours.

    Days of the same kind (weekday, or weekend and public holiday) as each day of the plan are asked. A facility
    that ever marks hours as closed is open in those that it seldom marks; any other one from the first to the last
    hour with entries. Hours without a log (inactive, outage) say nothing; a facility of which nothing is known
    then is absent.
    """
    rows = hours[hours["facility_id"].isin(list(wanted)) & hours["missing"].isin(["", "closed"])]
    days = rows["hour"].dt.date
    resting = {day for day in days.unique() if _is_rest(day)}
    rows = rows.assign(clock=rows["hour"].dt.hour, rest=days.isin(resting))
    found = {}
    for facility, log in rows.groupby("facility_id"):
        runs, known = [], False
        for offset in (-1, 0, 1):
            midnight = _midnight(begin) + offset * DAY
            is_open = _open_hours(log[log["rest"] == _is_rest(midnight.date())])
            known |= is_open is not None and midnight < end and begin < midnight + DAY
            runs += [(midnight + timedelta(hours=h), midnight + timedelta(hours=h + 1)) for h in is_open or ()]
        if known:
            found[str(facility)] = _best(runs, begin, end, LEARNED)
    return found


def _is_rest(day: date) -> bool:
    """Say whether it is a Saturday, a Sunday or a public holiday."""
    return kind_of_day(day) in ("saturday", HOLIDAY)


def _open_hours(log: pd.DataFrame) -> list[int] | None:
    """Return the hours of the day in which the facility is open; None if the log tells nothing of it."""
    entries = log["entries"].to_numpy(dtype=float, na_value=0.0)
    if not entries.any():
        return [] if len(log) and (log["missing"] == "closed").all() else None
    clock = log["clock"].to_numpy()
    seen = np.bincount(clock, minlength=24)
    closed = np.bincount(clock, weights=log["missing"] == "closed", minlength=24)
    if closed.any():
        return [int(h) for h in range(24) if seen[h] and 1 - closed[h] / seen[h] >= OFTEN]
    busy = np.flatnonzero(np.bincount(clock, weights=entries, minlength=24))
    return list(range(int(busy.min()), int(busy.max()) + 1))


def _joined(runs: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the runs with those that touch made one."""
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(runs):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _best(runs: list[tuple[datetime, datetime]], begin: datetime, end: datetime, basis: str) -> Opening:
    """Return the run that shares most with [begin, end), the earliest of equal ones."""
    shared = [(min(end, until) - max(begin, start), start, until) for start, until in _joined(runs)]
    shared = [each for each in shared if each[0] > timedelta()]
    if not shared:
        return Opening(CLOSED)
    _, start, until = max(shared, key=lambda each: each[0])
    return Opening(basis, start, until)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
