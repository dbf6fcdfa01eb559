"""Population codes and units brought together: as they are, by crosswalk, or by shared area."""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sparse

from ..refusals import UnitsRefused
from .areal import ArealWeights, areal_weights
from .codes import DONGS, FIRST_DAY, Coding, detect
from .grid import grid, side_of
from .recode import grouped, recode


@dataclass(frozen=True)
class Join:
    """How the units and the population codes met, for the summary.

    `joined`: population codes that reach a unit; `lost`: those that reach none; `without_population`: units that
    no population code reaches; `renamed`, `merged`: unit code → population code (merged: the unit became part of
    that one). `split`: population code → the units among which its people are shared. `weights`: how people go
    from population codes to units, None where each unit has the code of its population. `by`: what shares rest
    on: "" (whole units only), "crosswalk" (areas in analytics/data/changes.csv) or "area" (overlay of two
    boundary files). `coding`: "population" and "units" → their coding system and vintage. `kind`: of the units,
    as Population.unit_kind, as far as their codes tell.
    """

    joined: int
    lost: tuple[str, ...]
    without_population: tuple[str, ...]
    renamed: dict[str, str]
    merged: dict[str, str]
    split: dict[str, tuple[str, ...]]
    weights: ArealWeights | None
    by: str
    coding: dict[str, Coding]

    @property
    def kind(self) -> str:
        """Return "dong", "gu", "block", "cell", or "" where the codes of the units do not tell."""
        return self.coding["units"].kind

    def interpolated(self) -> dict[str, object] | None:
        """Return by what the population was interpolated, as summary.json says it; None where it was not."""
        if not self.by:
            return None
        told = {"by": self.by, "from_units": len(self.weights.sources), "split": len(self.split)}
        return told | {"uncovered": float(f"{self.weights.uncovered():.4g}")}


def join_population(
    units: gpd.GeoDataFrame,
    population_codes: Collection[str],
    population_units: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, Join]:
    """Return the units, and how the people of the population codes come to be in them.

    1. With `population_units`, the boundaries of the population's own units, or where the population is by cells
    of the
       national grid and the units are others: by shared area. The units stay as they are.
    2. Codes that match stay untouched. Others are recoded (system and vintage, analytics/data): a unit that is
    the whole
       or a part of one population code takes that code, and parts become one unit: nothing is interpolated. Only
       where a population code belongs to several units that cannot be joined, its people are shared by area.

    Raises
    ------
    UnitsRefused
        Not one code is common: two coding systems, two cities, or dongs and cells without `population_units`.
    """
    codes = pd.Index(sorted({str(code) for code in population_codes}), dtype="str")
    coding = {"population": detect(codes), "units": detect(units.index)}
    if population_units is not None:
        own, inner = join_population(population_units, codes)
        if inner.weights is not None:
            raise UnitsRefused("the boundaries given for the population are of another vintage than its codes")
        return _by_area(units, own, inner, codes, coding)
    if coding["population"].kind == "cell" and not _same_cells(units, codes):
        own = grid(codes, side_of(codes))
        return _by_area(units, own, None, codes, coding)
    return _by_codes(units, codes, coding)


def _same_cells(units: gpd.GeoDataFrame, codes: pd.Index) -> bool:
    """Return whether the units are cells as large as those of the population: a name does not tell the size."""
    side = side_of(codes)
    return units.index.isin(codes).any() and bool(np.isclose(units.area.median(), side**2, rtol=0.01))


def _by_area(units, own, inner, codes, coding) -> tuple[gpd.GeoDataFrame, Join]:
    weights = areal_weights(own, units)
    reaches = pd.Series(np.diff(weights.matrix.tocsc().indptr), index=own.index)
    if not (reaches > 0).any():
        raise UnitsRefused("the units of the population and those of the run share no area: two cities?")
    lost = codes.difference(own.index[reaches.to_numpy() > 0])
    bare = units.index[np.diff(weights.matrix.indptr) == 0]
    renamed, merged = (inner.renamed, inner.merged) if inner else ({}, {})
    pairs = weights.matrix.tocoo()
    return units, Join(
        joined=int((reaches > 0).sum()),
        lost=tuple(lost),
        without_population=tuple(bare),
        renamed=renamed,
        merged=merged,
        split=_split(own.index[pairs.col], units.index[pairs.row]),
        weights=weights,
        by="area",
        coding=coding,
    )


def _split(sources: pd.Index, targets: pd.Index) -> dict[str, tuple[str, ...]]:
    return {code: to for code, to in grouped(sources, targets).items() if len(to) > 1}


def _by_codes(units: gpd.GeoDataFrame, codes: pd.Index, coding: dict[str, Coding]):
    links = _links(codes, units.index, coding)
    home, of = grouped(links["unit"], links["code"]), grouped(links["code"], links["unit"])
    target = {
        unit: whole[0]
        for unit, whole in home.items()
        if len(whole) == 1 and all(len(home[part]) == 1 for part in of[whole[0]])
    }
    moved = {unit: code for unit, code in target.items() if code != unit}
    main = {code: _main(units, of[code], code) for code in target.values()}
    merged = {unit: code for unit, code in moved.items() if main[code] != unit}
    renamed = {unit: code for unit, code in moved.items() if unit not in merged}
    joined = units.assign(stranger=units.index.isin(list(merged)))
    joined.index = pd.Index([moved.get(code, code) for code in units.index], name="unit_code", dtype="str")
    if not joined.index.is_unique:
        joined = joined.sort_values("stranger", kind="stable").dissolve(level="unit_code", aggfunc="first")
    joined = joined.drop(columns="stranger").sort_index()[["name", "geometry"]]
    links = links.assign(unit=links["unit"].map(lambda unit: moved.get(unit, unit)))
    links.loc[links["code"].isin(list(target.values())), "weight"] = 1.0
    links = links.drop_duplicates(["code", "unit"])
    if links.empty:
        raise UnitsRefused(_strangers(codes, joined.index, coding))
    if links["weight"].isna().any():
        code = links.loc[links["weight"].isna(), "code"].iloc[0]
        raise UnitsRefused(
            f"population code {code} was split and the areas are not known: take boundaries of its day"
        )
    plain = bool((links["code"] == links["unit"]).all())
    weights = None if plain else _weights(links, codes, joined.index)
    shared = _split(pd.Index(links["code"]), pd.Index(links["unit"]))
    return joined, Join(
        joined=links["code"].nunique(),
        lost=tuple(codes.difference(links["code"])),
        without_population=tuple(joined.index.difference(links["unit"])),
        renamed=renamed,
        merged=merged,
        split=shared,
        weights=weights,
        by="crosswalk" if shared else "",
        coding=coding,
    )


def _main(units: gpd.GeoDataFrame, parts: tuple[str, ...], code: str) -> str:
    """Return which of the units that become one gives it its name: that of the code itself, or the largest."""
    return code if code in parts else str(units.loc[list(parts)].area.idxmax())


def _links(codes: pd.Index, units: pd.Index, coding: dict[str, Coding]) -> pd.DataFrame:
    """Return code, unit and the share of the code's people in the unit, for every pair that has any."""
    same = codes.intersection(units)
    plain = pd.DataFrame({"code": same, "unit": same, "weight": 1.0})
    people, place = coding["population"], coding["units"]
    if len(same) == len(codes) == len(units) or not {people.system, place.system} <= set(DONGS):
        return plain
    if not (people.known and place.known):
        return plain
    common = max(people.since or FIRST_DAY, place.since or FIRST_DAY)
    on, wanted_on = (people.day, place.day) if _apart(people, place) else (common, common)
    table = recode(codes, given=people.system, wanted=place.system, on=on, wanted_on=wanted_on).table
    table = table.rename(columns={"to": "unit"})
    table = table[table["unit"].isin(units)]
    kept = plain[~plain["code"].isin(table["code"]) & ~plain["unit"].isin(table["unit"])]
    return pd.concat([table, kept], ignore_index=True)


def _apart(one: Coding, other: Coding) -> bool:
    """Return whether two vintages have no day in common."""
    return any(
        first.until is not None and second.since is not None and first.until <= second.since
        for first, second in ((one, other), (other, one))
    )


def _weights(links: pd.DataFrame, codes: pd.Index, units: pd.Index) -> ArealWeights:
    at = (units.get_indexer(links["unit"]), codes.get_indexer(links["code"]))
    matrix = sparse.csr_array((links["weight"].to_numpy(float), at), shape=(len(units), len(codes)))
    covered = pd.Series(matrix.sum(axis=0), index=codes, name="covered")
    return ArealWeights(matrix, codes, units, covered)


def _strangers(codes: pd.Index, units: pd.Index, coding: dict[str, Coding]) -> str:
    example = f"no code of the population (for example {codes[0] if len(codes) else 'none'}) is among the units"
    example += f" (for example {units[0]}): "
    kinds = {side: one.kind for side, one in coding.items()}
    if kinds["population"] == "dong" and kinds["units"] != "dong":
        return example + "give the boundaries of the population's own dongs with --population-units"
    return example + "two coding systems, or two cities?"
