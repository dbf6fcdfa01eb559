"""From SaTScan's files to what the scan takes: counts and baseline by place and interval, coordinates, period."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..refusals import NothingToJudge, Refused, ScanFileRefused
from .asked import Asked
from .counts import read_counts
from .dates import date_reader, day_of
from .expected import expected_cases
from .notes import period_notes, record_notes
from .periods import Period, cut, whole, widen
from .places import read_places
from .populations import Populations, person_days, read_populations

UNKNOWN = Period(date(2000, 1, 1), date(2000, 12, 31), (date(2000, 1, 1),))
"""What a spatial scan without any date is computed for; it is not reported, since nothing depends on it."""


@dataclass(frozen=True)
class Problem:
    """`cases` and `baseline`: places × intervals, as statistics.scan takes them; `period` None if undated."""

    cases: pd.DataFrame
    baseline: pd.DataFrame | None
    coordinates: pd.DataFrame
    period: Period | None
    notes: tuple[str, ...]


def read_problem(asked: Asked) -> Problem:
    """Read the files of a run and bring them together.

    Raises
    ------
    ScanFileRefused
        A file cannot be read, or names a place, date or stratum that the others do not know.
    Refused
        The choices do not fit each other, or a file they need is not given.
    NothingToJudge
        There is no case at all, or only one interval of time where several are needed.
    """
    _refuse_unfit(asked)
    places = read_places(asked.coordinates, asked.coordinates_type)
    read_date = date_reader(asked.start, asked.end)
    populations = read_populations(asked.population, read_date) if asked.model == "poisson" else None
    files = [asked.cases, asked.controls] if asked.model == "bernoulli" else [asked.cases]
    covariates = {"poisson": populations.covariates if populations else 0, "bernoulli": None, "permutation": 0}
    reads = None if asked.time_unit == "none" else read_date
    tables = [read_counts(file, reads, covariates[asked.model]) for file in files]
    for file, table in zip(files, tables, strict=True):
        _refuse_strangers(table, places.index, file, asked.coordinates)
    if populations:
        _refuse_strangers(populations.table, places.index, asked.population, asked.coordinates)
    period = _period(asked, tables, changing=populations is not None and populations.changes)
    counts = [
        _arrange(table, period, places.index, asked, file) for file, table in zip(files, tables, strict=True)
    ]
    if not counts[0].to_numpy().any():
        raise NothingToJudge(f"{asked.cases.name} has no case")
    notes = (*period_notes(asked, period), *record_notes(asked, tables, populations, places.index))
    return Problem(counts[0], _baseline(asked, counts, tables[0], populations, period), places, period, notes)


def _refuse_unfit(asked: Asked) -> None:
    if asked.model == "poisson" and asked.population is None:
        raise Refused("the Poisson model needs --population")
    if asked.model == "bernoulli" and asked.controls is None:
        raise Refused("the Bernoulli model needs --controls")
    if asked.model == "permutation" and asked.analysis == "spatial":
        raise Refused("the permutation model compares times: its analysis is space-time or prospective")
    if asked.time_unit == "none" and asked.analysis != "spatial":
        raise Refused(f"a {asked.analysis} analysis needs dates: --time-unit day, month or year")
    if asked.start and asked.end and asked.end < asked.start:
        raise Refused(f"the study period ends ({asked.end}) before it starts ({asked.start})")


def _refuse_strangers(table: pd.DataFrame, places: pd.Index, file: Path, coordinates: Path) -> None:
    unknown = table[~table["place"].isin(places)]
    if len(unknown):
        first = unknown.iloc[0]
        more = f" ({len(unknown)} such records)" if len(unknown) > 1 else ""
        told = f"place {first['place']} is not in {coordinates.name}{more}"
        raise ScanFileRefused(told, file=file.name, line=int(first["line"]), field="id")


def _period(asked: Asked, tables: list[pd.DataFrame], *, changing: bool) -> Period | None:
    """Return the study period, None where nothing says when it was and nothing depends on it."""
    dated = pd.concat([table[table["dated"]] for table in tables])
    start, end = asked.start, asked.end
    if len(dated):
        found_start, found_end = widen(day_of(dated["first"].min()), day_of(dated["last"].max()), asked.time_unit)
        start, end = start or found_start, end or found_end
    if start is None or end is None:
        if start or end or changing or asked.analysis != "spatial":
            raise Refused("no case has a date: the study period needs both --start and --end")
        return None
    if end < start:
        raise Refused(f"the study period ends ({end}) before it starts ({start})")
    if asked.analysis == "spatial":
        return whole(start, end)
    period = cut(start, end, asked.time_unit)
    if len(period.starts) < 2:
        raise NothingToJudge(
            f"from {start} to {end} there is one interval of one {asked.time_unit}: nothing to compare"
        )
    return period


def _arrange(
    table: pd.DataFrame, period: Period | None, places: pd.Index, asked: Asked, file: Path
) -> pd.DataFrame:
    """Return counts, places × intervals; refuse a record whose date is missing, outside or in two intervals."""
    happened = table[table["count"] > 0]
    column = np.zeros(len(happened), "int64")
    dated = happened["dated"].to_numpy()
    if asked.analysis != "spatial" and not dated.all():
        told = f"missing: a {asked.analysis} analysis needs every date"
        raise ScanFileRefused(told, file=file.name, line=int(happened["line"].iloc[dated.argmin()]), field="date")
    if period and dated.any():
        column[dated] = _interval(happened[dated], period, asked, file)
    result = np.zeros((len(places), len(period.starts) if period else 1), "int64")
    np.add.at(result, (places.get_indexer(happened["place"]), column), happened["count"].to_numpy())
    return pd.DataFrame(result, index=places, columns=(period or UNKNOWN).columns)


def _interval(rows: pd.DataFrame, period: Period, asked: Asked, file: Path) -> np.ndarray:
    edges = period.edges
    first, last = rows["first"].to_numpy(), rows["last"].to_numpy()
    column = np.searchsorted(edges, first, side="right") - 1
    outside = (first < edges[0]) | (last >= edges[-1])
    if outside.any():
        row = rows.iloc[outside.argmax()]
        told = f"{_days(row)} is not within the study period, {period.start} to {period.end}"
        raise ScanFileRefused(told, file=file.name, line=int(row["line"]), field="date")
    vague = column != np.searchsorted(edges, last, side="right") - 1
    if vague.any():
        row = rows.iloc[vague.argmax()]
        told = f"{_days(row)} is not within one interval of one {asked.time_unit}"
        raise ScanFileRefused(told, file=file.name, line=int(row["line"]), field="date")
    return column


def _days(row: pd.Series) -> str:
    first, last = day_of(row["first"]), day_of(row["last"])
    return str(first) if first == last else f"{first} to {last}"


def _baseline(
    asked: Asked,
    counts: list[pd.DataFrame],
    cases: pd.DataFrame,
    populations: Populations | None,
    period: Period | None,
) -> pd.DataFrame | None:
    if asked.model == "bernoulli":
        return counts[0] + counts[1]
    if populations is None:
        return None
    lived = person_days(populations.table, (period or UNKNOWN).edges)
    expected = expected_cases(lived, cases, counts[0].index, (asked.cases.name, asked.population.name))
    return expected.set_axis(counts[0].columns, axis=1)
