"""Units by hour: who was there, what could be seen, and why a figure is missing."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from .coverage import WORDS
from .result_tables import DIGITS, columns
from .statistics.parallel import in_threads
from .study import Study
from .tables import by_date
from .verdict import Verdict

SPECIAL = frozenset(',"\r\n')  # a text that holds one of these is quoted


def unit_hours(study: Study, visits: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the rows of one day, units × hours: who was there, what could be seen, and the index visits by hour.

    `index_visits` is empty on a unit's day with a visit known only by date (no hour is invented), and where there
    is no figure. It and `entries` are empty in the unlisted hours of the study.
    """
    exposure = study.exposure
    first = (day - study.days[0]).days * 24
    at = slice(first, first + 24)
    shape = (len(exposure.codes), 24)
    counts = _visits_by_hour(exposure.codes, exposure.hours[at], visits)
    why = exposure.why[:, at]
    counts[why > 0] = np.nan
    entries = exposure.entries[:, at].copy() if exposure.entries is not None else np.full(shape, np.nan)
    for figures in (entries, counts):
        figures[study.unlisted[:, at]] = np.nan
    return pd.DataFrame(
        {
            "unit_code": pd.Categorical.from_codes(np.repeat(np.arange(shape[0]), 24), exposure.codes),
            "hour": pd.Categorical.from_codes(
                np.tile(np.arange(24), shape[0]), [hour.isoformat() for hour in exposure.hours[at]]
            ),
            "population": exposure.population[:, at].ravel(),
            "observable": exposure.observable[:, at].ravel(),
            "entries": pd.array(entries.ravel(), dtype="Int64"),
            "index_visits": pd.array(counts.ravel(), dtype="Int64"),
            "missing": pd.Categorical.from_codes(why.ravel(), WORDS),
        }
    )[columns("unit_hours")]


def _visits_by_hour(codes: pd.Index, hours: pd.DatetimeIndex, visits: pd.DataFrame) -> np.ndarray:
    counts = np.zeros((len(codes), len(hours)))
    row = codes.get_indexer(visits["unit"])
    begin, end, starts = (
        pd.DatetimeIndex(times).as_unit("ns").asi8 for times in (visits["start"], visits["end"], hours)
    )
    step = pd.Timedelta(hours=1).value
    overlaps = (begin[:, None] < starts + step) & (end[:, None] > starts)
    whole_day = by_date(visits).to_numpy()
    np.add.at(counts, row[~whole_day], overlaps[~whole_day].astype(float))
    counts[row[whole_day & overlaps.any(axis=1)]] = np.nan
    return counts


def write_unit_hours(
    folder: Path, study: Study, verdict: Verdict, progress: Callable[[int, int], None] = lambda done, of: None
) -> None:
    """Write a packed table for each day of the study into `folder` (made here)."""
    folder.mkdir()

    def write(day: date) -> None:
        packed = gzip.compress(as_csv(unit_hours(study, verdict.visits, day)), compresslevel=4, mtime=0)
        (folder / f"{day.isoformat()}.csv.gz").write_bytes(packed)

    in_threads(write, study.days, progress)


def as_csv(rows: pd.DataFrame) -> bytes:
    """Return a large table as CSV in UTF-8; every distinct value of a column is written once, then copied."""
    width = len(rows.columns)
    pieces = [""] * (width * len(rows))
    for place, name in enumerate(rows.columns):
        pieces[place::width] = _cells(rows[name], "," if place < width - 1 else "\n")
    return "".join([",".join(rows.columns), "\n", *pieces]).encode()


def _cells(column: pd.Series, ending: str) -> list[str]:
    group, distinct = pd.factorize(column)
    if is_float_dtype(distinct.dtype):
        texts = list(map(f"%.{DIGITS}g{ending}".__mod__, distinct.tolist()))
    else:
        texts = [_quoted(str(value)) + ending for value in distinct.tolist()]
    return np.array([*texts, ending], object)[group].tolist()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if SPECIAL.intersection(text) else text
