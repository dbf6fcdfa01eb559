"""The space-time cube: visits counted, expected and possible, by unit and bin of days."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ..checks import assert_same_units, assert_unique
from ..persons.visit_null import VisitNull
from ..refusals import BadCounts, Misaligned, StatisticRefused


@dataclass(frozen=True)
class Cube:
    """Units × bins of time.

    Attributes
    ----------
    counts : DataFrame, index unit_code, columns the first day of each bin (rising)
        Visits; 0 where the bin has no figure.
    exposure : DataFrame of the same shape
        Observable person-hours; NaN: no data, the bin leaves the cube.
    expected : DataFrame of the same shape
        Visits expected under the null in each bin with figures, else 0.
    visits : DataFrame, one row a visit counted
        `person`, and the positions `unit` and `bin`. None: every visit is another person's.
    """

    counts: pd.DataFrame
    exposure: pd.DataFrame
    expected: pd.DataFrame
    visits: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        assert_unique(self.counts.index, "counts")
        for name in ("exposure", "expected"):
            frame = getattr(self, name)
            assert_same_units(self.counts.index, frame.index, name)
            if not frame.columns.equals(self.counts.columns):
                raise Misaligned(f"{name} does not have the bins of counts")
        wrong = (
            (self.exposure <= 0).any(axis=1) | (self.counts < 0).any(axis=1) | ~(self.expected >= 0).all(axis=1)
        )
        if wrong.any():
            raise BadCounts(
                "the cube", "counts from zero, exposure above zero or missing", list(wrong.index[wrong])
            )
        gone = (self.counts > 0) & ~self.known
        if gone.any(axis=None):
            raise StatisticRefused(f"unit {gone.index[gone.any(axis=1)][0]} has visits in a bin without exposure")

    @property
    def known(self) -> pd.DataFrame:
        """Return which bins have figures."""
        return self.exposure.notna()


def cube_of(null: VisitNull, *, days_per_bin: int = 1) -> Cube:
    """Return the cube of the judged visits of a null: those units that ever have figures, in bins of whole days.

    A visit counts in the bin of the day on which it starts, and is expected in proportion to the observable
    person-hours of its own hours, as in the scan. Bins are counted back from the last day, so that the last is
    whole; days that do not fill the first bin are left out. A bin without person-hours is missing.
    """
    if days_per_bin < 1:
        raise StatisticRefused(f"a bin of time has at least one day, not {days_per_bin}")
    days = null.daily.shape[1]
    bins = days // days_per_bin
    if not bins:
        raise StatisticRefused(f"{days} day(s) do not fill a bin of {days_per_bin}")
    first = days - bins * days_per_bin
    spans = sparse.csr_array((np.ones(len(null.day)), (null.day, null.span)), shape=(days, len(null.chance)))
    daily, expected = (
        values[:, first:].reshape(len(null.codes), bins, days_per_bin).sum(axis=2)
        for values in (null.daily, (spans @ null.chance).T)
    )
    known = daily > 0
    visits = pd.DataFrame({"person": null.person, "unit": null.unit, "bin": (null.day - first) // days_per_bin})
    visits = visits[(visits["bin"] >= 0) & known[visits["unit"], visits["bin"]]]
    seen = np.zeros(known.shape, np.int64)
    np.add.at(seen, (visits["unit"], visits["bin"]), 1)
    start = null.first_day.tz_localize(None) + pd.Timedelta(days=first)
    labels = pd.date_range(start, periods=bins, freq=f"{days_per_bin}D", name="bin")

    def frame(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=null.codes, columns=labels)

    return Cube(
        counts=frame(seen),
        exposure=frame(np.where(known, daily, np.nan)),
        expected=frame(np.where(known, expected, 0.0)),
        visits=visits,
    )
