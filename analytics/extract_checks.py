"""Rules of an extract that a schema cannot say: known facilities, whole hours, two clocks, missing says why."""

from datetime import datetime

import numpy as np
import pandas as pd

from .refusals import ExtractRefused

COUNTED = ("entries", "person_minutes")
"""Columns that are empty exactly where ``missing`` says why."""


def check_hours(path: str, day: str, hours: pd.DataFrame, lines: np.ndarray, known: set[str]) -> None:
    """Refuse a day of facility_hours: strange facility, broken hour, another day, no count and no reason."""
    _facilities(path, hours, lines, known)
    at = hours["hour"]
    _refuse_first((at != at.dt.floor("h")).to_numpy(), path, lines, "hour", "not the start of an hour")
    days = at.dt.normalize()
    ours = [each for each in days.unique() if f"{each:%Y-%m-%d}" == day]
    other = ~days.isin(ours).to_numpy()
    _refuse_first(other, path, lines, "hour", f"not an hour of {day}, the day of the file")
    absent = (hours["missing"] != "").to_numpy()
    for name in COUNTED:
        empty = hours[name].isna().to_numpy()
        _refuse_first(empty & ~absent, path, lines, name, "empty, and `missing` does not say why")
        _refuse_first(~empty & absent, path, lines, name, "a count where `missing` says that there is none")


def check_door_counts(path: str, counts: pd.DataFrame, lines: np.ndarray, known: set[str]) -> None:
    """Refuse people counted at the door of a strange facility, or in anything else than a clock hour."""
    _facilities(path, counts, lines, known)
    at = counts["hour"]
    _refuse_first((at != at.dt.floor("h")).to_numpy(), path, lines, "hour", "not the start of an hour")


def check_visits(path: str, visits: pd.DataFrame, lines: np.ndarray, known: set[str], as_of: datetime) -> None:
    """Refuse index visits at a strange facility, of no length, or known after the extract was made."""
    _facilities(path, visits, lines, known)
    _refuse_first((visits["end"] <= visits["start"]).to_numpy(), path, lines, "end", "not after start")
    late = (visits["known_at"] > as_of).to_numpy()
    _refuse_first(late, path, lines, "known_at", f"later than as_of ({as_of.isoformat()})")


def _facilities(path: str, frame: pd.DataFrame, lines: np.ndarray, known: set[str]) -> None:
    strange = ~frame["facility_id"].isin(known).to_numpy()
    if strange.any():
        said = frame["facility_id"].iloc[int(strange.argmax())]
        _refuse_first(strange, path, lines, "facility_id", f"'{said}' is not in facilities.csv")


def _refuse_first(fault: np.ndarray, path: str, lines: np.ndarray, field: str, words: str) -> None:
    if fault.any():
        raise ExtractRefused(words, file=path, line=int(lines[fault.argmax()]), field=field)
