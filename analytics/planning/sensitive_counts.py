"""Sensitive facilities that need disinfection: how many in which dong, and nothing else."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..geography import read_units
from ..geography.places import locate
from ..sensitive import BELOW_DONG
from .model import SensitiveCount, Sentence


def count_sensitive(
    places: pd.DataFrame, units: gpd.GeoDataFrame, kind: str, dongs: Path | None
) -> list[SensitiveCount]:
    """Return how many of the (sensitive) places lie in each dong.

    Dongs are those of the file, else the units where these are not below dong level; else one count of all.
    """
    if places.empty:
        return []
    areas = read_units(dongs) if dongs is not None else None if kind in BELOW_DONG else units
    if areas is None:
        return [SensitiveCount(None, None, len(places))]
    found = locate(places.reset_index(), areas)
    counts = found.value_counts().sort_index()
    told = [SensitiveCount(str(code), str(areas.loc[code, "name"]) or None, int(n)) for code, n in counts.items()]
    outside = int(found.isna().sum())
    return [*told, SensitiveCount(None, None, outside)] if outside else told


def sensitive_warning(counts: list[SensitiveCount]) -> Sentence:
    """Return what to know of the sensitive facilities that are not in the plan."""
    ko = ", ".join(f"{one.name or one.dong or '지역 전체'} {one.facilities}곳" for one in counts)
    en = ", ".join(f"{one.facilities} in {one.name or one.dong or 'the whole area'}" for one in counts)
    return Sentence(
        f"민감시설은 이 계획에 나오지 않습니다. 확진자가 다녀가 확인할 곳: {ko}. "
        "확진자 등록 화면에서 확인하시기 바랍니다.",
        f"Sensitive facilities are not in this plan. To be looked after: {en}. See the case register.",
    )
