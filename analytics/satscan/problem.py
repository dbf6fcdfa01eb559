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
from .populations import Populations, count_covariates, person_days, read_populations
from .records import read_records

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
    people = read_records(asked.population) if asked.model == "poisson" else []
    files = [asked.cases, asked.controls] if asked.model == "bernoulli" else [asked.cases]
    unused = {"bernoulli": None, "permutation": 0}
    covariates = count_covariates(people, asked.population) if people else unused[asked.model]
    reads = None if asked.time_unit == "none" else date_reader(asked.start, asked.end)
    tables = [read_counts(file, reads, covariates) for file in files]
    start, end = _first_and_last_day(asked, tables)
    populations = read_populations(people, asked.population, date_reader(start, end)) if people else None
    for file, table in zip(files, tables, strict=True):
        _refuse_strangers(table, places.index, file, asked.coordinates)
    if populations:
        _refuse_strangers(populations.table, places.index, asked.population, asked.coordinates)
    period = _period(asked, start, end, changing=populations is not None and populations.changes)
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


def _first_and_last_day(asked: Asked, tables: list[pd.DataFrame]) -> tuple[date | None, date | None]:
    """Return the days between which the study lies, as asked or else by the dates of cases and controls."""
    dated = pd.concat([table[table["dated"]] for table in tables])
    if dated.empty:
        return asked.start, asked.end
    start, end = widen(day_of(dated["first"].min()), day_of(dated["last"].max()), asked.time_unit)
    return asked.start or start, asked.end or end


def _period(asked: Asked, start: date | None, end: date | None, *, changing: bool) -> Period | None:
    """Return the study period, None where nothing says when it was and nothing depends on it."""
    if start is None or end is None:
        if start or end or changing or asked.analysis != "spatial":
            why = "--time-unit none leaves dates unread" if asked.time_unit == "none" else "no case has a date"
            raise Refused(f"{why}: the study period needs both --start and --end")
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
    lived = person_days(populations.table, (period or UNKNOWN).edges, asked.population)
    expected = expected_cases(lived, cases, counts[0].index, (asked.cases.name, asked.population.name))
    _refuse_where_nobody_is(asked, counts[0], expected, cases, period)
    return expected.set_axis(counts[0].columns, axis=1)


def _refuse_where_nobody_is(
    asked: Asked, counts: pd.DataFrame, expected: pd.DataFrame, cases: pd.DataFrame, period: Period | None
) -> None:
    """Refuse cases at a place and in an interval in which nothing is expected."""
    impossible = (counts.to_numpy() > 0) & (expected.to_numpy() <= 0)
    if not impossible.any():
        return
    happened = cases[cases["count"] > 0]
    column = np.zeros(len(happened), "int64")
    when = "in the study period"
    if impossible.shape[1] > 1:
        column = np.searchsorted(period.edges, happened["first"], side="right") - 1
    at = impossible[counts.index.get_indexer(happened["place"]), column].argmax()
    if impossible.shape[1] > 1:
        edges = period.edges[column[at] :]
        when = f"on {_days(pd.Series({'first': edges[0], 'last': edges[1] - 1}))}"
    row = happened.iloc[at]
    told = f"case(s) at place {row['place']}, where nobody at risk lives {when}, by {asked.population.name}"
    raise ScanFileRefused(told, file=asked.cases.name, line=int(row["line"]), field="date")
