"""From three inputs to one study: visits placed in units, and the person-hours that could have been seen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from .contract import Extract
from .coverage import (
    ABSENT,
    MASKED,
    NO_FACILITY,
    NOT_YET,
    WORDS,
    Exposure,
    MatchedCounts,
    VisitorCoverage,
    full_coverage,
    match_counts,
    observable_person_hours,
    visitor_coverage,
)
from .geography import ArealWeights, Join, join_population, locate
from .parameters import Parameters
from .population import AlignReport, Population, align_to_days
from .refusals import NothingToJudge
from .sensitive import AREA, BELOW_DONG, SENSITIVE_ALONE, only_sensitive_hours, sensitive_alone
from .statistics.persons.visit_null import OUTSIDE_UNITS

ROUTES = "routes"
Progress = Callable[[str, int, int], None]

LAG = pd.Timedelta(days=1)
"""Population comes so late at most: an hour that is younger, and lacks it, has not come yet."""


@dataclass(frozen=True)
class Study:
    """One study area and period.

    Attributes
    ----------
    units : GeoDataFrame, index unit_code, EPSG:5179
    exposure : of the same units in the same order
    at_most : exposure if every masked figure were the most it can be; None where none is masked
    visits : DataFrame, one row per index visit of the extract, in its order
        `person`, `unit`, `facility_id`, `start`, `end`, `category`, `known_at`, and `reason`: "" or why it is left
        out before the statistics.
    facilities : DataFrame of the extract with `unit_code` (NaN outside all units) and `reason`
    unlisted : bool, units × hours, whose entries and index visits are counted, but not listed by the hour: below
        dong level they would be those of sensitive facilities alone
    log : facility-hours of the facilities in the study, with `unit_code`, `category`, `sensitive`; None for routes
    counts : people counted at doors beside the log; None where nobody counted
    days : first to last day
    until : end of the hours that the log has of a last day that is not over; None where all days are whole
    as_of : when the data were known
    """

    units: gpd.GeoDataFrame
    exposure: Exposure
    at_most: Exposure | None
    visits: pd.DataFrame
    facilities: pd.DataFrame
    unlisted: np.ndarray
    log: pd.DataFrame | None
    counts: MatchedCounts | None
    days: list[date]
    until: datetime | None
    as_of: datetime
    profile: str
    join: Join
    population: Population
    stand_ins: AlignReport

    @property
    def going_on(self) -> date | None:
        """Return the last day where it is not over yet."""
        return None if self.until is None else self.days[-1]

    @property
    def whole_days(self) -> list[date]:
        """Return the days that are over."""
        return self.days if self.until is None else self.days[:-1]

    def kept(self) -> pd.DataFrame:
        """Return the visits that the statistics are given."""
        return self.visits[self.visits["reason"] == ""]

    def visitor_coverage(self, seed: int) -> VisitorCoverage:
        """Return the share of visitors that the log saw; unlisted hours are in none of its figures."""
        return visitor_coverage(self.listed_log(), self.units.index, self.counts, seed=seed)

    def listed_log(self) -> pd.DataFrame | None:
        """Return the log without the unlisted hours; None for routes."""
        if self.log is None or not self.unlisted.any():
            return self.log
        at = self.exposure.hours.get_indexer(pd.DatetimeIndex(self.log["hour"]))
        row = self.exposure.codes.get_indexer(self.log["unit_code"])
        return self.log[~((at >= 0) & self.unlisted[row, at])]


def make_study(
    extract: Extract,
    population: Population,
    units: gpd.GeoDataFrame,
    parameters: Parameters,
    progress: Progress = lambda step, done, of: None,
    population_units: gpd.GeoDataFrame | None = None,
    now: datetime | None = None,
) -> Study:
    """Return the study of this extract, as far as it was known by `parameters.known_by`.

    `population_units`: boundaries of the population's own units, where the study's are others (geography.join).
    `now`: when the run is made. Population of hours that are not over then is a forecast and left out; None: there
    is none.
    """
    units, join = join_population(units, population.table["unit_code"].unique(), population_units)
    days, as_of, until = _period(extract, parameters.known_by)
    going_on = None if until is None else days[-1]
    if going_on is not None and now is not None:
        population = _without_forecast(population, now)
    aligned, stand_ins = align_to_days(population, days, going_on)
    hours = pd.date_range(
        pd.Timestamp(days[0], tz=extract.start.tzinfo), periods=24 * len(days), freq="h", unit="us"
    )
    progress("coverage", 0, 1)
    people, why, most = people_by_hour(aligned.table, units.index, hours, join.weights)
    _tell_not_yet(why, as_of)
    if join.by:
        population = replace(population, unit_kind=join.kind or AREA)
    facilities = extract.facilities.assign(unit_code=locate(extract.facilities, units))
    left_out = facilities["category"].isin(parameters.exclude_categories)
    facilities["reason"] = np.where(left_out, "excluded category: " + facilities["category"], "")
    facilities.loc[~left_out & facilities["unit_code"].isna(), "reason"] = OUTSIDE_UNITS
    unlisted, log, counts = np.zeros(people.shape, bool), None, None
    if extract.profile != ROUTES:
        below_dong = population.unit_kind in BELOW_DONG
        if below_dong:
            facilities.loc[sensitive_alone(facilities, extract.facility_hours), "reason"] = SENSITIVE_ALONE
        log = _log(extract, facilities)
        log = log[(log["hour"] >= hours[0]) & (log["hour"] <= hours[-1])]
        counts = match_counts(extract.door_counts, log) if extract.door_counts is not None else None
        if below_dong:
            unlisted = only_sensitive_hours(log, units.index, hours)
    exposure = _exposure(people, why, log, until)
    at_most = _exposure(most, why, log, until) if most is not None else None
    progress("coverage", 1, 1)
    if not (exposure.observable > 0).any():
        raise NothingToJudge(
            "no unit has observable person-hours: does the population cover the days of the extract "
            f"({days[0]} to {days[-1]}), and does any facility inside the units log?"
        )
    return Study(
        units=units,
        exposure=exposure,
        at_most=at_most,
        visits=_visits(extract, facilities, parameters.known_by),
        facilities=facilities,
        unlisted=unlisted,
        log=log,
        counts=counts,
        days=days,
        until=until,
        as_of=as_of,
        profile=extract.profile,
        join=join,
        population=population,
        stand_ins=stand_ins,
    )


def _period(extract: Extract, known_by: date | None) -> tuple[list[date], datetime, datetime | None]:
    """Return the days of a study, none after the day of a replay, when the data were known, and `Study.until`."""
    first, last = extract.start.date(), (extract.end - timedelta(microseconds=1)).date()
    as_of = extract.as_of
    if known_by is not None:
        end_of_day = _day_after(known_by, extract) - timedelta(seconds=1)
        as_of, last = min(as_of, end_of_day), min(last, known_by)
    if last < first:
        raise NothingToJudge(f"nothing was known by {known_by}: the extract begins on {first}")
    until = extract.end if extract.end < _day_after(last, extract) else None
    return [first + timedelta(days=number) for number in range((last - first).days + 1)], as_of, until


def _day_after(day: date, extract: Extract) -> datetime:
    """Return when the day ends, exclusive, in the extract's time zone."""
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=extract.start.tzinfo)


def people_by_hour(
    table: pd.DataFrame, codes: pd.Index, hours: pd.DatetimeIndex, weights: ArealWeights | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Return people present, why a figure is missing, and who would be there if masked figures were the most they
    can be (None where none is masked): units × hours, carried from the population's units.
    """
    sources = codes if weights is None else weights.sources
    row = sources.get_indexer(table["unit_code"])
    column = hours.get_indexer(pd.DatetimeIndex(table["hour"]).as_unit("us"))
    told = (row >= 0) & (column >= 0)
    at = row[told], column[told]

    def matrix(values: np.ndarray, empty: float, dtype: type) -> np.ndarray:
        filled = np.full((len(sources), len(hours)), empty, dtype=dtype)
        filled[at] = values[told]
        return filled

    people = matrix(table["population"].to_numpy(), np.nan, float)
    masked = matrix((table["missing"] == MASKED).to_numpy(), False, bool)
    most = matrix(table["high"].to_numpy(), np.nan, float) if masked.any() else None
    if weights is not None:
        people, masked = weights.carry(people), weights.reached(masked)
        most = weights.carry(most) if most is not None else None
    why = np.where(np.isnan(people), np.where(masked, WORDS.index(MASKED), WORDS.index(ABSENT)), 0)
    frames = people, why.astype(np.uint8), most
    return tuple(None if f is None else pd.DataFrame(f, index=codes, columns=hours) for f in frames)


def _without_forecast(population: Population, now: datetime) -> Population:
    """Return the population without the hours that are not over."""
    over = population.table["hour"] <= pd.Timestamp(now) - pd.Timedelta(hours=1)
    return population if over.all() else replace(population, table=population.table[over.to_numpy()])


def _tell_not_yet(why: pd.DataFrame, as_of: datetime) -> None:
    """Write into `why` that the last hours, of which no population came for any unit, are not there yet.

    Those that began longer than LAG before are absent for good. A day that is over since an hour lacks its last.
    """
    absent = (why == WORDS.index(ABSENT)).to_numpy().all(axis=0)
    absent &= why.columns >= pd.Timestamp(as_of) - LAG
    late = len(absent) if absent.all() else int(np.argmin(absent[::-1]))
    why.iloc[:, len(why.columns) - late :] = np.uint8(WORDS.index(NOT_YET))


def _exposure(
    people: pd.DataFrame, why: pd.DataFrame, log: pd.DataFrame | None, until: datetime | None
) -> Exposure:
    if log is None:
        return full_coverage(people, why)
    exposure = observable_person_hours(people, why, log)
    if until is not None:  # of later hours there may be people already, but no log
        late = exposure.lacks(NO_FACILITY) & (exposure.hours >= pd.Timestamp(until))
        exposure.why[late] = WORDS.index(NOT_YET)
    return exposure


def _log(extract: Extract, facilities: pd.DataFrame) -> pd.DataFrame:
    """Return the facility-hours of the facilities in the study, with unit, category and whether sensitive."""
    kept = facilities.loc[facilities["reason"] == "", ["facility_id", "unit_code", "category", "sensitive"]]
    columns = ["facility_id", "hour", "entries", "person_minutes", "missing"]
    return extract.facility_hours[columns].merge(kept, on="facility_id", validate="many_to_one")


def _visits(extract: Extract, facilities: pd.DataFrame, known_by: date | None) -> pd.DataFrame:
    at = facilities.set_index("facility_id")[["unit_code", "category", "reason"]]
    table = extract.index_visits.join(at, on="facility_id")
    table = table.rename(columns={"ordinal": "person", "unit_code": "unit"}).reset_index(drop=True)
    if known_by is not None:
        later = table["known_at"] >= _day_after(known_by, extract)
        table.loc[later.to_numpy(), "reason"] = f"known after {known_by}"
    return table[["person", "unit", "facility_id", "start", "end", "category", "known_at", "reason"]]
