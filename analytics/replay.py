"""What would have been marked as of each day of an outbreak: the person-based scan on what was known by then.

Each day is judged alone, with the visits that were known by its end; nothing of a later day decides it. The only
thing that may be later is the floating population of days without files, for which other weeks stand in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .geography import centres, join_population, locate, read_units
from .import_routes import read_route_visits
from .parameters import Parameters
from .population import Population, align_to_days, read_population
from .refusals import InputRefused, NothingToJudge
from .replay_marks import Marks
from .statistics.persons.person_scan import PersonScan, person_scan
from .tables import KST
from .version import code_version

BESIDE = ("airport", "hospital", "pharmacy")
"""Where people are because they are ill, or come in from abroad: effects of illness rather than its sources."""
DAYS = 28
DAY = pd.Timedelta(days=1)
STAND_INS = (
    "Days without population files use the mean of the same weekday of the days in the files, also of later ones: "
    "that is footfall, not knowledge about cases."
)
NOT_COVERED = "Days whose weekday no population file covers have no person-hours: their visits are not judged."
EVERY_DAY_LOOKS = (
    "p_value is adjusted for all places and days of one look; a replay looks once a day, alpha each time."
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ground:
    """What all days share: units, their centres, person-hours (units × days), and how these came about."""

    units: gpd.GeoDataFrame
    places: pd.DataFrame
    person_hours: pd.DataFrame
    population: dict[str, object]


def replay(
    routes: Path,
    population: Sequence[Path],
    units: Path,
    *,
    first: date,
    last: date,
    days: int = DAYS,
    province: str | None = None,
    parameters: Parameters | None = None,
    units_code: str | None = None,
    units_crs: str | None = None,
    progress: Progress = lambda step, done, of: None,
) -> dict[str, object]:
    """Return, day by day from `first` to `last`, which clusters an officer would have seen.

    Parameters
    ----------
    routes : folder of a published route list (rules: import_routes)
    population, units : files, as in find_hotspots
    days : how many days up to the day of the look are judged
    province : only visits there, as the list spells it
    parameters : of the scan; the same seed serves every day, so that a day's answer does not depend on the others

    Returns
    -------
    dict, as JSON can hold it (docs/replay.md)
        `days`, `marked` (clusters that became significant, one row each), `parameters`, `seed`, `code_version`,
        `routes`, `population`, `notes`. No person, patient or facility is named.

    Raises
    ------
    InputRefused, RoutesRefused, PopulationRefused, UnitsRefused, NothingToJudge
    """
    parameters = parameters or Parameters()
    if last < first:
        raise InputRefused(f"must not be before the first day {first}, but is {last}", field="to")
    if days < 1:
        raise InputRefused(f"must be at least 1, not {days}", field="days")
    listed = read_route_visits(routes, known_by=last, province=province, seed=parameters.seed)
    people = read_population(population, progress=lambda done, of: progress("population", done, of))
    period = pd.date_range(first - timedelta(days=days - 1), last, freq="D", tz=KST, unit="us")
    ground = _ground(people, read_units(units, code_column=units_code, crs=units_crs), period)
    visits = _placed(listed.visits, ground.units)
    looks, marks = pd.date_range(first, last, freq="D", tz=KST, unit="us"), Marks()
    told = []
    for number, day in enumerate(looks):
        progress("replay", number, len(looks))
        told.append(_look(day, days, visits, ground, parameters, marks))
    progress("replay", len(looks), len(looks))
    return {
        "days": told,
        "marked": marks.rows(),
        "parameters": _told_parameters(parameters, first=first, last=last, days=days, province=province),
        "seed": parameters.seed,
        "code_version": code_version(),
        "routes": {"rows_read": listed.rows_read, "rules": listed.rules, "files": listed.files},
        "population": ground.population,
        "notes": _notes(ground.population),
    }


def _ground(population: Population, units: gpd.GeoDataFrame, period: pd.DatetimeIndex) -> Ground:
    """Return the units that the population knows, with the person-hours of every day (NaN: no figure at all)."""
    units, join = join_population(units, population.table["unit_code"].unique())
    aligned, stand_ins = align_to_days(population, [day.date() for day in period])
    known = aligned.table[aligned.table["population"].notna()]
    hours = pd.DatetimeIndex(known["hour"]).tz_convert(KST)
    row, column = units.index.get_indexer(known["unit_code"]), period.get_indexer(hours.normalize())
    told = (row >= 0) & (column >= 0)
    sums = np.zeros((2, len(units), len(period)))
    np.add.at(sums[0], (row[told], column[told]), known["population"].to_numpy(float)[told])
    np.add.at(sums[1], (row[told], column[told]), 1)
    person_hours = pd.DataFrame(np.where(sums[1] > 0, sums[0], np.nan), index=units.index, columns=period)
    if not (person_hours > 0).any(axis=None):
        raise NothingToJudge(
            f"no unit has person-hours from {period[0].date()} to {period[-1].date()}: "
            "does the population cover a weekday of these days?"
        )
    told_of = {"joined": join.joined, "lost": list(join.lost), "days": stand_ins.as_dict()}
    return Ground(units, centres(units), person_hours, told_of)


def _placed(visits: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the visits with `unit` (NaN outside all units) and `person`.

    Persons are numbered by what is known of them and in the order in which they became known, so that the draws of
    a day do not depend on who is confirmed later.
    """
    known = visits.assign(visit=list(zip(visits["start"], visits["facility_id"], strict=True)))
    told = known.groupby("ordinal").agg({"known_at": "min", "visit": lambda rows: tuple(sorted(rows))})
    order = told.sort_values(["known_at", "visit"], kind="stable").index
    number = pd.Series(np.arange(len(order)), index=order)
    return visits.assign(unit=locate(visits, units), person=visits["ordinal"].map(number))


def _look(day: pd.Timestamp, days: int, visits, ground: Ground, parameters: Parameters, marks: Marks) -> dict:
    """Return what was to be seen at the end of this day, and add what was significant to the marks."""
    begin = day - (days - 1) * DAY
    known = visits[(visits["known_at"] < day + DAY) & (visits["start"] >= begin) & (visits["start"] < day + DAY)]
    person_hours = ground.person_hours.loc[:, begin:day]
    ordinary = known[~known["category"].isin(BESIDE)]
    scan = _scan(ordinary, ground, person_hours, parameters)
    judged = ordinary[scan.reasons == ""]
    clusters = []
    for row in scan.clusters.itertuples():
        inside = _inside(row, judged)
        told = _row(row, inside, ground.units, day, parameters.alpha)
        clusters.append(marks.see(day.date(), told, set(row.members), set(inside["person"])))
    reasons = scan.reasons[scan.reasons != ""].value_counts().to_dict()
    beside = known.loc[known["category"].isin(BESIDE), "category"].value_counts().to_dict()
    return {
        "as_of": day.date().isoformat(),
        "clusters": clusters,
        "beside": _beside(known, person_hours, ground, day, parameters) if beside else [],
        "visits": len(judged),
        "persons": int(judged["person"].nunique()),
        "left_out": {str(reason): int(count) for reason, count in sorted((reasons | beside).items())},
    }


def _beside(known: pd.DataFrame, person_hours: pd.DataFrame, ground: Ground, day, parameters) -> list[dict]:
    """Return the clusters that rest on a visit to one of the categories left out, when these are let in."""
    scan = _scan(known, ground, person_hours, parameters)
    judged = known[scan.reasons == ""]
    rows = []
    for row in scan.clusters.itertuples():
        inside = _inside(row, judged)
        counts = inside.loc[inside["category"].isin(BESIDE), "category"].value_counts()
        if len(counts):
            told = _row(row, inside, ground.units, day, parameters.alpha)
            rows.append(told | {"categories": {name: int(count) for name, count in sorted(counts.items())}})
    return rows


def _scan(visits: pd.DataFrame, ground: Ground, person_hours: pd.DataFrame, parameters: Parameters) -> PersonScan:
    return person_scan(
        visits,
        person_hours,
        ground.places,
        max_share=parameters.max_share,
        max_days=parameters.max_days,
        max_radius_m=parameters.max_radius_m,
        min_persons=parameters.min_persons,
        replicates=parameters.replicates,
        seed=parameters.seed,
    )


def _inside(cluster, judged: pd.DataFrame) -> pd.DataFrame:
    start, end = (pd.Timestamp(day, tz=KST) for day in (cluster.start, cluster.end))
    during = (judged["start"] >= start) & (judged["start"] < end)
    return judged[during & judged["unit"].isin(cluster.members)]


def _row(cluster, inside: pd.DataFrame, units: gpd.GeoDataFrame, day: pd.Timestamp, alpha: float) -> dict:
    confirmed = inside["known_at"].min()
    return {
        "units": list(cluster.members),
        "names": [str(name) for name in units.loc[list(cluster.members), "name"]],
        "centre": cluster.centre,
        "radius_m": round(float(cluster.radius_m), 1),
        "start": cluster.start.isoformat(),
        "end": cluster.end.isoformat(),
        "visits": int(cluster.visits),
        "distinct_persons": int(cluster.distinct_persons),
        "expected": float(cluster.expected),
        "relative_risk": float(cluster.ratio),
        "statistic": float(cluster.statistic),
        "p_value": float(cluster.p),
        "significant": bool(cluster.p <= alpha),
        "first_confirmed": confirmed.date().isoformat(),
        "delay_days": int((day - confirmed) / DAY),
    }


def _told_parameters(parameters: Parameters, **asked: object) -> dict[str, object]:
    scan = ("replicates", "alpha", "max_days", "max_radius_m", "max_share", "min_persons")
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in asked.items()}
    return told | {name: getattr(parameters, name) for name in scan} | {"beside": list(BESIDE)}


def _notes(population: dict) -> list[str]:
    told, days = [EVERY_DAY_LOOKS], population["days"]
    if days["stood_in"]:
        told.append(f"{STAND_INS} Here: {len(days['stood_in'])} days, {len(days['covered'])} are in the files.")
    if days["not_covered"]:
        told.append(f"{NOT_COVERED} ({', '.join(days['not_covered'])})")
    return told
