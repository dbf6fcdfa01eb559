"""What would have been marked as of each day of an outbreak: the person-based scan on what was known by then.

Each day is judged alone, with the visits that were known by its end; nothing of a later day decides it. The only
thing that may be later is the floating population of days without files, for which other weeks stand in.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .geography import locate, read_units
from .import_routes import read_route_visits
from .parameters import Parameters
from .population import read_population
from .refusals import InputRefused
from .replay_ground import Ground, make_ground
from .replay_marks import Marks
from .statistics.persons.person_scan import PersonScan, person_scan
from .tables import KST
from .verdict import hot_units, nothing_hot_after
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
MASKED_DECIDES = (
    "The result depends on masked (*) figures: with each at its upper bound other units are marked on these days:"
)
PARTLY_KNOWN = (
    "Dates are compared with whole days. Hours without a figure are estimated by the rhythm of all units: on "
    "{estimated} unit-days; {too_few_hours} more have figures for less than half of the day and are not judged."
)
NO_VISITS = "No visit of the list falls into these days: is it of another time or province?"
LOST = (
    "{lost} codes of the population reach none of the units ({units} do): visits where nobody is known to be are "
    "not judged."
)
REJECTED = "{rows} rows of the population could not be used; population.sources lists them."
TYPICAL = "The population knows months only: {days} days are the typical day of their month."
EVERY_DAY_LOOKS = (
    "p_value is adjusted for all places and days of one look; a replay looks once a day, alpha each time."
)
Progress = Callable[[str, int, int], None]


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
    population_mapping: Path | None = None,
    population_units: Path | None = None,
    progress: Progress = lambda step, done, of: None,
) -> dict[str, object]:
    """Return, day by day from `first` to `last`, which clusters an officer would have seen.

    Parameters
    ----------
    routes : folder of a published route list (rules: import_routes)
    population, units, population_mapping, population_units : files, as in find_hotspots
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
    people = read_population(
        population, mapping=population_mapping, progress=lambda done, of: progress("population", done, of)
    )
    own = read_units(population_units) if population_units is not None else None
    period = pd.date_range(first - timedelta(days=days - 1), last, freq="D", tz=KST, unit="us")
    ground = make_ground(people, read_units(units, code_column=units_code, crs=units_crs), period, own)
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
        "notes": _notes(ground.population, told),
    }


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
    masked = _with_masked_at_most(scan, ordinary, ground, person_hours.columns, parameters)
    doubtful = set(masked["no_longer_marked"]) if masked else set()
    clusters = []
    for row in scan.clusters.itertuples():
        inside = _inside(row, judged)
        told = _row(row, inside, ground.units, day, parameters.alpha)
        told["depends_on_masked"] = told["significant"] and not doubtful.isdisjoint(row.members)
        clusters.append(marks.see(day.date(), told, set(row.members), set(inside["person"])))
    reasons = scan.reasons[scan.reasons != ""].value_counts().to_dict()
    beside = known.loc[known["category"].isin(BESIDE), "category"].value_counts().to_dict()
    return {
        "as_of": day.date().isoformat(),
        "clusters": clusters,
        "beside": _beside(known, person_hours, ground, day, parameters) if beside else [],
        "masked": masked,
        "visits": len(judged),
        "persons": int(judged["person"].nunique()),
        "left_out": {str(reason): int(count) for reason, count in sorted((reasons | beside).items())},
    }


def _with_masked_at_most(scan: PersonScan, visits, ground: Ground, days, parameters) -> dict | None:
    """Return how the look differs when masked unit-hours hold as many people as they can; None: none is masked."""
    unit_hours = int(ground.masked[days].to_numpy().sum())
    if not unit_hours:
        return None
    again = _scan(visits, ground, ground.at_most[days], parameters, stop_after=nothing_hot_after(parameters))
    before, after = (set(hot_units(one, parameters.alpha)) for one in (scan, again))
    return {
        "unit_hours": unit_hours,
        "visits": int((again.reasons == "").sum()),
        "marked": sorted(after),
        "no_longer_marked": sorted(before - after),
        "newly_marked": sorted(after - before),
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


def _scan(
    visits: pd.DataFrame,
    ground: Ground,
    person_hours: pd.DataFrame,
    parameters: Parameters,
    stop_after: int | None = None,
) -> PersonScan:
    return person_scan(
        visits,
        person_hours,
        ground.places,
        max_share=parameters.max_share,
        max_days=parameters.max_days,
        max_radius_m=parameters.max_radius_m,
        min_persons=parameters.min_persons,
        replicates=parameters.replicates,
        stop_after=stop_after,
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
        "visit_expected": float(cluster.visit_expected),
        "visit_relative_risk": _finite(cluster.visit_relative_risk),
        "visit_llr": float(cluster.visit_llr),
        "first_confirmed": confirmed.date().isoformat(),
        "delay_days": int((day - confirmed) / DAY),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _told_parameters(parameters: Parameters, **asked: object) -> dict[str, object]:
    scan = ("replicates", "alpha", "max_days", "max_radius_m", "max_share", "min_persons")
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in asked.items()}
    return told | {name: getattr(parameters, name) for name in scan} | {"beside": list(BESIDE)}


def _notes(population: dict, looks: list[dict]) -> list[str]:
    told, days, unit_days = [EVERY_DAY_LOOKS], population["days"], population["unit_days"]
    if not any(day["visits"] or day["left_out"] for day in looks):
        told.append(NO_VISITS)
    if population["lost"]:
        told.append(LOST.format(units=population["joined"], lost=len(population["lost"])))
    rejected = sum(sum(source["rejected_counts"].values()) for source in population["sources"])
    if rejected:
        told.append(REJECTED.format(rows=rejected))
    if days["typical"]:
        told.append(TYPICAL.format(days=len(days["typical"])))
    depend = [day["as_of"] for day in looks if day["masked"] and _differs(day["masked"])]
    if depend:
        told.append(f"{MASKED_DECIDES} {', '.join(depend)}.")
    if any(unit_days.values()):
        told.append(PARTLY_KNOWN.format(**unit_days))
    if days["stood_in"]:
        told.append(f"{STAND_INS} Here: {len(days['stood_in'])} days, {len(days['covered'])} are in the files.")
    if days["not_covered"]:
        told.append(f"{NOT_COVERED} ({', '.join(days['not_covered'])})")
    return told


def _differs(masked: dict) -> bool:
    return bool(masked["no_longer_marked"] or masked["newly_marked"])
