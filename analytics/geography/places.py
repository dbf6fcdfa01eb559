"""Points and units: in which unit a point lies, and which point stands for a unit."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from .metres import DEGREES, METRES


def locate(points: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the unit_code of each point (columns `lon`, `lat` in degrees), NaN outside all units.

    A point on a common border belongs to the unit with the lower code. Index of the points is kept.
    """
    to_metres = pyproj.Transformer.from_crs(DEGREES, METRES, always_xy=True)
    x, y = to_metres.transform(points["lon"].to_numpy(float), points["lat"].to_numpy(float))
    tree = shapely.STRtree(units.geometry.to_numpy())
    point, unit = tree.query(shapely.points(x, y), predicate="intersects")
    first = pd.Series(unit).groupby(point).min() if len(point) else pd.Series(dtype="int64")
    found = pd.Series(np.nan, index=points.index, dtype="object", name="unit_code")
    found.iloc[first.index.to_numpy(dtype="int64")] = units.index[first.to_numpy(dtype="int64")].to_numpy()
    return found.astype("str")


def centres(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return `x`, `y` in metres of a point inside each unit: its centroid, where that is inside."""
    middle = units.geometry.centroid
    inside = middle.within(units.geometry)
    middle = middle.where(inside, units.geometry.representative_point())
    return pd.DataFrame({"x": middle.x, "y": middle.y}, index=units.index)
