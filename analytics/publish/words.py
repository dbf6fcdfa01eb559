"""One word for each dong: that of its units, judged without sensitive facilities.

A dong is hot if one of its units is (under the null some unit of the whole city is hot in at most 5 % of runs,
whatever the units), no data if none of them could be judged, else not significant.
"""

import geopandas as gpd
import pandas as pd
import shapely

from ..geography import centres
from ..refusals import UnitsRefused
from ..verdict import HOT, NO_DATA, NOT_SIGNIFICANT, Verdict


def words_of_dongs(verdict: Verdict, units: gpd.GeoDataFrame, dongs: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return `name`, `word` and `reason` of each dong; a unit belongs to the dong that its centre lies in.

    Raises
    ------
    UnitsRefused
        A hot unit lies in no dong: its word would be lost.
    """
    at = dongs_of(units, dongs)
    status = verdict.units["status"]
    lost = status.index[(status == HOT) & at.isna()]
    if len(lost):
        raise UnitsRefused(f"{len(lost)} hot units lie in none of the dongs, among them {lost[0]}")
    table = pd.DataFrame({"dong": at, "status": status, "reason": verdict.units["reason"]})
    rows = []
    for code in dongs.index:
        own = table[table["dong"] == code]
        said = set(own["status"])
        word = next((one for one in (HOT, NOT_SIGNIFICANT) if one in said), NO_DATA)
        why = own["reason"].mode()
        reason = (why.iloc[0] if len(why) else "absent") if word == NO_DATA else ""
        rows.append({"dong_code": code, "name": dongs["name"][code], "word": word, "reason": reason})
    return pd.DataFrame(rows).set_index("dong_code")


def dongs_of(units: gpd.GeoDataFrame, dongs: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the dong in which each unit's centre lies; NaN for a unit outside all of them."""
    if units.index.equals(dongs.index):
        return pd.Series(units.index, index=units.index)
    points = centres(units)
    spots = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(points["x"], points["y"]), index=units.index, crs=units.crs
    )
    joined = spots.sjoin(dongs[["geometry"]].rename_axis("dong").reset_index(), predicate="intersects")
    return joined.groupby(level=0)["dong"].min().reindex(units.index)


def areas_only(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a dong without the lines and points that mending its borders may leave beside its area."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
