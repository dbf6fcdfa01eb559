"""What was assumed, or lies unused, in the files of a run: sentences for the table and the JSON."""

import pandas as pd

from .asked import Asked
from .periods import Period
from .populations import Populations


def period_notes(asked: Asked, period: Period | None) -> tuple[str, ...]:
    """Say where the study period comes from, and whether its first interval is longer than the others."""
    if period is None:
        return ("No case has a date: start and end are not known, and nothing depends on them.",)
    notes = []
    if asked.start is None or asked.end is None:
        notes.append(f"The study period, {period.start} to {period.end}, is that of the dates in the files.")
    if period.long_first:
        notes.append(
            f"The study period is no whole number of {asked.time_unit}s: its first interval, from {period.start}, "
            "is longer than the others."
        )
    return tuple(notes)


def record_notes(
    asked: Asked, tables: list[pd.DataFrame], populations: Populations | None, places: pd.Index
) -> tuple[str, ...]:
    """Say which records lack a date or carry covariates that are not used, and which places lack populations."""
    notes = []
    for file, model in ((asked.population, "poisson"), (asked.controls, "bernoulli")):
        if file is not None and asked.model != model:
            notes.append(f"{file.name} was not read: the {asked.model} model does without it.")
    counted = pd.concat(tables, ignore_index=True)
    counted = counted[counted["count"] > 0]
    undated = int((~counted["dated"]).sum())
    if asked.time_unit == "none":
        notes.append("Dates of cases and controls, if there are any, were not read (time unit none).")
    elif 0 < undated < len(counted):
        notes.append(f"{undated} records without a date were taken to be within the study period.")
    if populations is None and (counted["stratum"] != "").any():
        notes.append("Covariates of cases and controls were not used: this model does not adjust for any.")
    return (*notes, *(_population_notes(asked, populations, places) if populations else ()))


def _population_notes(asked: Asked, populations: Populations, places: pd.Index) -> list[str]:
    notes = []
    table = populations.table
    people = table.groupby("place")["population"].sum()
    empty = places.difference(people[people > 0].index, sort=False)
    if len(empty):
        notes.append(
            f"{len(empty)} places of {asked.coordinates.name} have no population, so nothing is expected there: "
            f"{_some(empty)}."
        )
    dates = table.groupby(["place", "stratum"])["day"].nunique()
    partial = dates[dates < table["day"].nunique()].index.unique("place")
    if len(partial):
        notes.append(
            f"{len(partial)} places have no population, or none of some covariates, for some dates of "
            f"{asked.population.name}; as in SaTScan, nobody lives there then: {_some(partial)}."
        )
    return notes


def _some(codes: pd.Index, most: int = 5) -> str:
    shown = ", ".join(codes[:most])
    return shown if len(codes) <= most else f"{shown} and {len(codes) - most} more"
