"""The units of a run by dong: which unit lies where, and how many people were there hour by hour."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..footfall.hours import FootfallHours
from ..geography import read_units
from ..publish.words import areas_only, dongs_of
from ..refusals import UnitsRefused
from ..verdict import HOT, NO_DATA, NOT_SIGNIFICANT
from .reading import Run

DONG = "dong"
GAP = 0.02
"""Share of a dong's usual people whose units may be absent in an hour that is still told."""


@dataclass(frozen=True)
class Dongs:
    """The dongs of a run.

    Attributes
    ----------
    areas : GeoDataFrame in EPSG:5179, index code; `name`, `word` (hot, not significant, no data)
    of_unit : code of the dong in which each unit's centre lies; NaN outside all of them
    hours : people present by dong and hour, as the footfall of a run is compared (footfall.usual)
    """

    areas: gpd.GeoDataFrame
    of_unit: pd.Series
    hours: FootfallHours

    def name(self, code: str) -> str:
        """Return the short Korean name of a dong, else its code."""
        told = str(self.areas["name"].get(code, ""))
        return told.split()[-1] if told else code


def dongs_of_run(run: Run, path: Path | None) -> Dongs:
    """Return the run by dong.

    `path`: boundaries of the dongs; None where the units are dongs themselves.

    Raises
    ------
    UnitsRefused
        The units are smaller than dongs and no boundaries are given, or no unit lies in them.
    """
    if path is not None:
        areas = read_units(path)
    elif run.summary["population"]["unit_kind"] == DONG:
        areas = run.units[["name", "geometry"]]
    else:
        raise UnitsRefused(f"the units of {run.name} are no dongs; name the boundaries of dongs with --areas")
    of_unit = dongs_of(run.units, areas)
    if of_unit.isna().all():
        raise UnitsRefused(f"{path}: no unit of {run.name} lies in these areas")
    areas = areas.loc[sorted(set(of_unit.dropna()))]
    areas = areas.set_geometry(areas.geometry.map(areas_only))
    words = [_word(set(run.units["status"][(of_unit == code).to_numpy()])) for code in areas.index]
    people = _people(run, of_unit, areas.index)
    hours = FootfallHours(areas.index, run.days, 0, people, people, frozenset(run.counted))
    return Dongs(areas.assign(word=words), of_unit, hours)


def _word(said: set[str]) -> str:
    return next((word for word in (HOT, NOT_SIGNIFICANT) if word in said), NO_DATA)


def _people(run: Run, of_unit: pd.Series, codes: pd.Index) -> np.ndarray:
    """Return people by dong and hour: NaN where units are absent that usually hold more than GAP of its people.

    A masked unit holds a few people at most and adds none.
    """
    known = np.nan_to_num(run.population, nan=0.0)
    counts = np.isfinite(run.population).sum(axis=1)
    ever = counts > 0
    usual = known.sum(axis=1) / np.maximum(counts, 1)
    people = np.full((len(codes), known.shape[1]), np.nan)
    for number, code in enumerate(codes):
        own = (of_unit == code).to_numpy() & ever
        if own.any():
            gap = usual[own] @ run.absent[own] > GAP * usual[own].sum()
            people[number] = np.where(gap, np.nan, known[own].sum(axis=0))
    return people
