"""The tidy table out of the numbers of all files. A column may be a tenth of a gigabyte: few are held twice."""

import mmap

import numpy as np
import pandas as pd
from numba import njit

KST = "Asia/Seoul"
KST_HOURS = 9
HOUR_US = 3_600_000_000
MASKED = "masked"
MASKED_UP_TO = 3.0
"""A masked value stands for 0 to this many people."""
HOURS = 1 << 22
"""More hours than any file has (the year 2448), so that place × HOURS + hour is one number."""
LARGE = 1 << 20
Part = tuple[np.ndarray, np.ndarray, np.ndarray]


def by_hour(key: np.ndarray, known: np.ndarray, masked: np.ndarray, monthly: bool) -> Part:
    """Return keys, known people and masked values with one row an hour.

    A row of 24 columns becomes 24 rows; with `monthly`, the row of a month's first day becomes one for each day.
    """
    if known.shape[1] > 1:
        key = (key[:, None] + np.arange(known.shape[1])).ravel()
    known, masked = known.ravel(), masked.ravel()
    if monthly:
        month = (key % HOURS // 24).astype("datetime64[D]").astype("datetime64[M]")
        days = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
        later = np.arange(days.sum()) - np.repeat(np.cumsum(days) - days, days)
        key = np.repeat(key, days) + 24 * later
        order = np.argsort(key, kind="stable")
        key, known, masked = key[order], np.repeat(known, days)[order], np.repeat(masked, days)[order]
    return key, known, masked


def set_apart(values: np.ndarray) -> np.ndarray:
    """Return a copy whose memory goes back to the system once it is let go; malloc keeps much of what it frees."""
    if values.nbytes < LARGE:
        return values
    held = np.frombuffer(mmap.mmap(-1, values.nbytes), values.dtype)
    held[:] = values
    return held


def tidy_table(codes: np.ndarray, unit_of_place: np.ndarray, parts: list[Part]) -> pd.DataFrame:
    """Return the tidy table of all parts, which are taken out of the list as they are done with.

    `codes` are the sorted units; `unit_of_place` indexes them. A part's keys are place × HOURS + hour, in order.
    """
    size = sum(len(key) for key, *_ in parts)
    counts = np.zeros(len(codes), np.int64)
    for key, *_ in parts:
        _count(key, unit_of_place, counts)
    free = np.cumsum(counts) - counts
    unit, start = np.empty(size, np.int32), np.empty(size, np.int64)
    known, masked = np.empty(size), np.empty(size, np.int16)
    parts.sort(key=lambda part: -part[0].min(initial=HOURS) % HOURS)  # the earliest last, to be taken first
    while parts:
        _deal(*parts.pop(), unit_of_place, free, unit, start, known, masked)
    if not _in_order(unit, start):
        unit, start, known, masked = _added_up(unit, start, known, masked)
    hour = starts_of_hours(start)
    del start
    high = masked.astype(float)
    high *= MASKED_UP_TO
    high += known
    people = known.copy()
    people[masked > 0] = np.nan
    del masked
    return tidy_frame(codes, unit, hour, people, known, high)


def starts_of_hours(hours: np.ndarray) -> pd.DatetimeIndex:
    """Return the starts of hours counted since 1970-01-01 00:00 KST, Asia/Seoul."""
    since = hours - KST_HOURS
    since *= HOUR_US
    return pd.DatetimeIndex(since.view("datetime64[us]"), tz="UTC", copy=False).tz_convert(KST)


def tidy_frame(
    codes: np.ndarray,
    unit: np.ndarray,
    hour: pd.DatetimeIndex,
    people: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> pd.DataFrame:
    """Return the tidy table of rows in order; `unit` indexes the sorted `codes`, of which it need not have all."""
    used = np.bincount(unit, minlength=len(codes)) > 0
    unit = (np.cumsum(used) - 1).astype(np.int32)[unit]
    why = np.isnan(people).astype(np.int8)
    columns = {
        "unit_code": pd.Categorical.from_codes(unit, pd.Index(codes[used], dtype="str")),
        "hour": hour,
        "population": people,
        "missing": pd.Categorical.from_codes(why, pd.Index(["", MASKED], dtype="str")),
        "low": low,
        "high": high,
    }
    return pd.DataFrame(columns, copy=False)


def _added_up(unit, start, known, masked) -> tuple[np.ndarray, ...]:
    """Return the rows in order, those of the same unit and hour added up."""
    key = unit * np.int64(HOURS) + start
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    known, masked = (np.add.reduceat(values[order], first) for values in (known, masked))
    return (key[first] // HOURS).astype(np.int32), key[first] % HOURS, known, masked


@njit(nogil=True, cache=True)
def _count(key, unit_of_place, counts):  # pragma: no cover (compiled)
    for row in range(len(key)):
        counts[unit_of_place[key[row] // HOURS]] += 1


@njit(nogil=True, cache=True)
def _deal(key, people, hidden, unit_of_place, free, unit, start, known, masked):  # pragma: no cover (compiled)
    """Put the rows of a part where the next rows of their units belong."""
    for row in range(len(key)):
        number = unit_of_place[key[row] // HOURS]
        at = free[number]
        unit[at], start[at], known[at], masked[at] = number, key[row] % HOURS, people[row], hidden[row]
        free[number] = at + 1


@njit(nogil=True, cache=True)
def _in_order(unit, start):  # pragma: no cover (compiled)
    """Return whether hours rise within each unit: then no two rows are of the same unit and hour."""
    rising = True
    for row in range(1, len(unit)):
        rising = rising and (unit[row] != unit[row - 1] or start[row] > start[row - 1])
    return rising
