"""Whether coordinates are what the file says: declared, by magnitude, and by where the codes must lie.

Korean files come in a dozen systems of which several look alike: 5181 and 5186 differ by exactly 100 km
northwards, systems on the Bessel ellipsoid from those on GRS80 by some 300 m. A file is refused, with the system
that would fit, rather than mended: a guess that is wrong moves a city.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj

from ..refusals import UnitsRefused
from .metres import DEGREES, METRES
from .regions import SLACK, Region, anywhere_in_korea

KATEC = (
    "+proj=tmerc +lat_0=38 +lon_0=128 +k=0.9999 +x_0=400000 +y_0=600000 +ellps=bessel +units=m +no_defs "
    "+towgs84=-115.80,474.99,674.11,1.16,-2.31,-1.63,6.43"
)
SYSTEMS = {
    "EPSG:4326": DEGREES,
    "EPSG:5179": METRES,
    "EPSG:5186": "EPSG:5186",
    "EPSG:5181": "EPSG:5181",
    "EPSG:5174": "EPSG:5174",
    "EPSG:5178": "EPSG:5178",
    "EPSG:5187": "EPSG:5187",
    "EPSG:3857": "EPSG:3857",
    "KATEC": KATEC,
}
"""Systems that Korean files come in; by any of these names, or as pyproj takes it, a system can be asked for."""
FITS_M, MISFITS_M = 100.0, 200.0
"""Edges of whole districts agree within FITS_M between makers; a wrong ellipsoid moves them by more than
MISFITS_M."""

OPTION = "--units-crs (of grid: --over-crs)"


def settle(
    raw: gpd.GeoDataFrame, path: Path, codes: list[str], region: Region, crs: str | None
) -> gpd.GeoDataFrame:
    """Return the features in METRES, once they are where their codes say.

    Parameters
    ----------
    codes : of each feature, for sentences
    region : where the units must lie
    crs : system asked for; it overrides what the file declares

    Raises
    ------
    UnitsRefused
        The system is not known, or is not the one of the coordinates; one feature lies elsewhere than the others.
    """
    if crs is not None:
        try:
            raw = raw.set_crs(SYSTEMS.get(crs.upper(), crs), allow_override=True)
        except pyproj.exceptions.CRSError as cause:
            raise UnitsRefused(f"{crs} is not a coordinate system ({cause})") from cause
    region = _believed(raw, region)
    bounds = raw.bounds.to_numpy()
    if raw.crs is None:
        if not _typical(_degrees(bounds, DEGREES), region):
            raise UnitsRefused(f"{path}: does not say its coordinate system{_advice(raw, region)}")
        raw = raw.set_crs(DEGREES)
    placed = _degrees(bounds, raw.crs)
    if not _typical(placed, region):
        raise UnitsRefused(
            f"{path}: in {_label(raw.crs, crs)} the units are not in {region.name}{_away(placed, region)}"
            f"{_advice(raw, region)}"
        )
    astray = np.flatnonzero(~region.holds(placed))
    if len(astray):
        first = astray[0]
        at = ", ".join(f"{value:.3f}" for value in placed[first, :2])
        raise UnitsRefused(
            f"{path}, feature {first + 1}, unit {codes[first]}: lies at {at} degrees, and not in {region.name} "
            f"like the others ({len(astray)} of {len(placed)} features)"
        )
    better = _shifted(raw, region)
    if better:
        raise UnitsRefused(
            f"{path}: in {_label(raw.crs, crs)} the units lie beside {region.name}, as {better} on it within "
            f"{FITS_M:.0f} m; say {OPTION} {better}"
        )
    return raw.to_crs(METRES)


def _believed(raw: gpd.GeoDataFrame, region: Region) -> Region:
    """Return where the units must lie: where their codes say, if any system puts them there (axes exchanged too).

    Else the codes are somebody's own that look like official ones, and the units must only lie in Korea.
    """
    bounds = raw.bounds.to_numpy()
    degrees = np.abs(bounds).max() <= 360
    declared = [] if raw.crs is None else [raw.crs]
    likely = declared + [crs for crs in SYSTEMS.values() if (crs == DEGREES) == degrees]
    either = (bounds, bounds[:, [1, 0, 3, 2]])
    if any(_typical(_degrees(way, crs), region) for crs in likely for way in either):
        return region
    return anywhere_in_korea(len(raw))


def _typical(placed: np.ndarray, region: Region) -> bool:
    """Return whether most of the features lie where they must."""
    return bool(region.holds(placed).mean() > 0.5)


def _degrees(bounds: np.ndarray, crs: object) -> np.ndarray:
    """Return the bounds of each feature in degrees (its four corners), NaN where the system has no such place."""
    convert = pyproj.Transformer.from_crs(crs, DEGREES, always_xy=True)
    x, y = bounds[:, [0, 0, 2, 2]], bounds[:, [1, 3, 1, 3]]
    lon, lat = convert.transform(x, y)
    corners = np.column_stack([lon.min(axis=1), lat.min(axis=1), lon.max(axis=1), lat.max(axis=1)])
    return np.where(np.isfinite(corners), corners, np.nan)


def _advice(raw: gpd.GeoDataFrame, region: Region) -> str:
    """Return what would fit, as the end of a sentence."""
    bounds = raw.bounds.to_numpy()
    degrees = np.abs(bounds).max() <= 360
    likely = {name: crs for name, crs in SYSTEMS.items() if (crs == DEGREES) == degrees}
    fitting = [name for name, crs in likely.items() if _typical(_degrees(bounds, crs), region)]
    if len(fitting) > 1 and region.known:
        close = [name for name in fitting if _misfit(raw, SYSTEMS[name], region) <= FITS_M]
        fitting = close or fitting
    if fitting:
        named = " or ".join(fitting)
        return f"; they would be there as {named}: say it with {OPTION} (5181 and 5186 differ by 100 km)"
    turned = bounds[:, [1, 0, 3, 2]]
    exchanged = [name for name, crs in likely.items() if _typical(_degrees(turned, crs), region)]
    if exchanged:
        what = "latitude and longitude" if exchanged[0] == "EPSG:4326" else "north and east"
        named = " or ".join(exchanged)
        return f"; {what} are exchanged (as {named} they would be there): exchange them in the file"
    first = ", ".join(f"{value:.6g}" for value in bounds[0, :2])
    return f", nor in any system of Korea (feature 1 begins at {first}); say the right one with {OPTION}"


def _away(placed: np.ndarray, region: Region) -> str:
    """Return how far off the units are, if they are anywhere."""
    west, south, east, north = region.whole()
    lon, lat = np.nanmean(placed[:, [0, 2]]), np.nanmean(placed[:, [1, 3]])
    if not region.known or not (np.isfinite(lon) and np.isfinite(lat)):
        return ""
    metres = pyproj.Geod(ellps="GRS80").inv(lon, lat, (west + east) / 2, (south + north) / 2)[2]
    return f" but {metres / 1000:.0f} km away"


def _misfit(raw: gpd.GeoDataFrame, crs: object, region: Region) -> float:
    """Return the largest distance between an edge of all units together and of their districts, metres."""
    edges = raw.geometry.set_crs(crs, allow_override=True).to_crs(DEGREES).total_bounds
    scale = np.array([np.cos(np.radians(edges[1])), 1.0] * 2) * 111_000
    return float(np.abs((edges - np.array(region.whole())) * scale).max())


def _shifted(raw: gpd.GeoDataFrame, region: Region) -> str:
    """Return the system in which whole districts would fit their bounds, if they do not in theirs; else ""."""
    if not region.known or not MISFITS_M <= _misfit(raw, raw.crs, region) <= SLACK * 111_000:
        return ""
    fits = [name for name, system in SYSTEMS.items() if _misfit(raw, system, region) <= FITS_M]
    return fits[0] if len(fits) == 1 else ""


def _label(crs: pyproj.CRS, asked: str | None) -> str:
    return asked or (f"{crs.name} (EPSG:{crs.to_epsg()})" if crs.to_epsg() else crs.name)
