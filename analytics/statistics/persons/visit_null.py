"""The null of the person-based scan: every visit keeps its person and its time and draws its unit anew.

A visit draws its unit in proportion to the observable person-hours of its time: of its hours where they are known,
of its whole day where only the date is known (whole_day: also where some hours of the day have no figure). What
was never observable can neither have nor draw a visit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..checks import assert_unique
from ..draws import draw_from
from ..refusals import BadCounts, Misaligned, StatisticRefused
from .whole_day import whole_day

COLUMNS = ("person", "unit", "start", "end")
OUTSIDE_UNITS = "outside all units"
OUTSIDE_PERIOD = "outside the study period"
NOT_OBSERVABLE = "no observable person-hours in the unit at that time"


@dataclass(frozen=True)
class VisitNull:
    """Visits that can be judged, and where each of them could have been.

    Attributes
    ----------
    codes : Index of the units with data, by code; `rows` are their positions in the exposure given
    daily : float array, units × days
        Observable person-hours of the hours with figures.
    first_day : Timestamp, start of day 0
    person, unit, day, span : int arrays, one entry per visit, by (day, person, start, end, unit)
    span_start, span_hours : arrays, one entry per span, in order
        Hour since the first day in which it begins, and its length in hours.
    chance : float array, spans × units
        Probability of each unit for a visit of that time span; rows sum to 1.
    reasons : Series, index of the visits given
        "" if the visit is judged, else why not.
    """

    codes: pd.Index
    rows: np.ndarray
    daily: np.ndarray
    first_day: pd.Timestamp
    person: np.ndarray
    unit: np.ndarray
    day: np.ndarray
    span: np.ndarray
    span_start: np.ndarray
    span_hours: np.ndarray
    chance: np.ndarray
    reasons: pd.Series

    @property
    def share(self) -> np.ndarray:
        """Return each unit's share of all observable person-hours."""
        return self.daily.sum(axis=1) / self.daily.sum()

    def expected(self) -> np.ndarray:
        """Return expected visits per unit: the chances of all visits added up."""
        visits = np.bincount(self.span, minlength=len(self.chance))
        return visits @ self.chance

    def draw(self, replicates: int, seed: int) -> np.ndarray:
        """Return the unit of each visit in each replicate (replicates × visits, positions in codes)."""
        rng = np.random.default_rng(seed)
        places = np.zeros((replicates, len(self.person)), np.int32)
        for span, chance in enumerate(self.chance):
            visits = np.flatnonzero(self.span == span)
            places[:, visits] = draw_from(chance, (replicates, len(visits)), rng)
        return places


def visit_null(visits: pd.DataFrame, exposure: pd.DataFrame) -> VisitNull:
    """Return the null of these visits in this exposure (see person_scan for both frames)."""
    starts, step = _periods(exposure)
    figures = _figures(exposure)
    hours = np.nan_to_num(figures, nan=0.0)  # without a figure a unit-hour leaves numerator and denominator alike
    with_data = np.flatnonzero(hours.sum(axis=1) > 0)
    if not len(with_data):
        raise StatisticRefused("no unit has observable person-hours")
    with_data = with_data[np.argsort(exposure.index[with_data].to_numpy(), kind="stable")]
    figures, hours, codes = figures[with_data], hours[with_data], exposure.index[with_data]
    first_day = starts[0].normalize()
    column_day = _day_numbers(starts, first_day)
    daily = np.zeros((len(codes), int(column_day[-1]) + 1))
    np.add.at(daily.T, column_day, hours.T)

    table = _told(visits, starts)
    table["day"] = _day_numbers(pd.DatetimeIndex(table["start"]), first_day)
    table["position"] = codes.get_indexer(table["unit"])
    table["reason"] = ""
    table.loc[(table["day"] < 0) | (table["day"] >= daily.shape[1]), "reason"] = OUTSIDE_PERIOD
    nowhere = pd.Index(exposure.index).get_indexer(table["unit"]) < 0
    table.loc[nowhere, "reason"] = OUTSIDE_UNITS
    inside = table[table["reason"] == ""]
    spans = inside[["start", "end", "day"]].drop_duplicates().sort_values(["start", "end"], ignore_index=True)
    weight = _observed_during(hours, starts, step, spans)
    for number in np.flatnonzero(_only_dates(spans)):
        weight[number] = whole_day(figures[:, column_day == spans["day"].iat[number]])
    spans["span"] = range(len(spans))
    told = spans[["start", "end", "span"]]
    inside = inside.merge(told, on=["start", "end"], validate="many_to_one", how="left").set_index(inside.index)
    own = weight[inside["span"].to_numpy(int), inside["position"].to_numpy()]
    own = np.where(inside["position"] >= 0, own, 0.0)
    unseen = inside.index[own <= 0]
    table.loc[unseen, "reason"] = NOT_OBSERVABLE
    kept = inside.drop(index=unseen)
    kept = kept.sort_values(["day", "person", "start", "end", "position"], kind="stable")
    used = np.unique(kept["span"])
    weight, spans = weight[used], spans.iloc[used]
    hour = pd.Timedelta(hours=1)
    return VisitNull(
        codes=codes,
        rows=with_data,
        daily=daily,
        first_day=first_day,
        person=pd.factorize(kept["person"], sort=True)[0].astype(np.int32),
        unit=kept["position"].to_numpy(np.int32),
        day=kept["day"].to_numpy(np.int32),
        span=np.searchsorted(used, kept["span"]).astype(np.int32),
        span_start=((spans["start"] - first_day) // hour).to_numpy(np.int64),
        span_hours=((spans["end"] - spans["start"]) / hour).to_numpy(float),
        chance=weight / weight.sum(axis=1, keepdims=True),
        reasons=table["reason"],
    )


def _periods(exposure: pd.DataFrame) -> tuple[pd.DatetimeIndex, pd.Timedelta]:
    """Return the starts of the exposure's columns and their common length (an hour or a day)."""
    starts = exposure.columns
    if not isinstance(starts, pd.DatetimeIndex) or starts.tz is None:
        raise Misaligned(
            "exposure columns must be aware hour starts or day starts (DatetimeIndex with a time zone)"
        )
    if not (starts.is_monotonic_increasing and starts.is_unique):
        raise Misaligned("exposure columns must rise without repeats")
    daily = bool((starts == starts.normalize()).all())
    if not daily and not bool((starts == starts.floor("h")).all()):
        raise Misaligned("exposure columns must start at full hours or at midnight")
    return starts, pd.Timedelta(days=1) if daily else pd.Timedelta(hours=1)


def _figures(exposure: pd.DataFrame) -> np.ndarray:
    """Return person-hours, NaN where there is no figure, or refuse impossible ones."""
    assert_unique(exposure.index, "exposure")
    hours = exposure.to_numpy(dtype="float64", na_value=np.nan)
    wrong = (hours < 0) | np.isinf(hours)
    if wrong.any():
        raise BadCounts("exposure", "finite and not negative", list(exposure.index[wrong.any(axis=1)]))
    return hours


def _told(visits: pd.DataFrame, starts: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the visits' four columns in the time zone of the exposure, or refuse impossible times."""
    missing = [column for column in COLUMNS if column not in visits.columns]
    if missing:
        raise Misaligned(f"visits lack the column(s) {', '.join(missing)}")
    assert_unique(visits.index, "visits")
    table = visits[list(COLUMNS)].copy()
    for column in ("start", "end"):
        times = pd.DatetimeIndex(table[column]) if len(table) else starts[:0]
        if times.tz is None:
            raise Misaligned(f"visit times must be aware, but {column} has no time zone")
        table[column] = times.tz_convert(starts.tz)
    if table[["person", "start", "end"]].isna().any(axis=None) or not (table["end"] > table["start"]).all():
        raise StatisticRefused("every visit needs a person, a start and an end after it")
    return table


def _day_numbers(times: pd.DatetimeIndex, first_day: pd.Timestamp) -> np.ndarray:
    """Return calendar days since the first day (a day of 23 or 25 hours is one day too)."""
    local = times.tz_localize(None).normalize()
    return ((local - first_day.tz_localize(None)) // pd.Timedelta(days=1)).to_numpy(dtype=np.int64)


def _only_dates(spans: pd.DataFrame) -> np.ndarray:
    """Return which spans are a whole day, from midnight to midnight: only the date of their visits is known."""
    start, end = (pd.DatetimeIndex(spans[side]) for side in ("start", "end"))
    return (start == start.normalize()) & (end == (start + pd.DateOffset(days=1)).normalize())


def _observed_during(
    hours: np.ndarray, starts: pd.DatetimeIndex, step: pd.Timedelta, spans: pd.DataFrame
) -> np.ndarray:
    """Return each span's observable person-hours by unit (spans × units); a period cut by it counts in part."""
    first, begin, end = (
        pd.DatetimeIndex(times).as_unit("ns").asi8 for times in (starts, spans["start"], spans["end"])
    )
    overlap = np.minimum(first + step.value, end[:, None]) - np.maximum(first, begin[:, None])
    return (np.maximum(overlap, 0) / step.value) @ hours.T
