"""The 250 m cells of the demo city: their dong, and how many people live, work, shop and travel there.

Boundaries of administrative dongs may not be shipped, so a point gets the nearest administrative-dong
centroid among the dongs of the legal dong it lies in. Who lives where inside a dong is *assumed* (smooth
around the centroid and the stations, thin in the hills): only codes, names, centroids, areas and outlines
are facts.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import geometry
from .facts import rows

CELL = 250  # metres
SUBPOINTS = 5  # per side: shares of a cell among dongs
SPLIT = 0.2  # a second dong with at least this share of a cell gets rows of its own in the population file
SANBON_CENTRE = (126.93169, 37.35965)  # 산본로데오거리, from public code
INDUSTRY = "당정동"  # the legal dong of factories
WORKERS, SHOPPERS, TRAVELLERS = 70_000, 26_000, 9_000  # assumed people at the busiest hour, whole city


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells as parallel arrays of length n; ``shares`` is (n, dongs), rows add to 1."""

    code: np.ndarray
    east: np.ndarray  # lower-left corner, metres, EPSG:5179
    north: np.ndarray
    lon: np.ndarray  # centre, degrees
    lat: np.ndarray
    dong: np.ndarray  # index into ``dong_codes``
    dong_codes: tuple[str, ...]
    dong_names: tuple[str, ...]
    shares: np.ndarray
    residents: np.ndarray  # people at night
    jobs: np.ndarray
    leisure: np.ndarray
    transit: np.ndarray


@lru_cache(maxsize=4)
def make_cells(seed: int) -> Cells:
    """Return the cells whose centre lies in the city; ``seed`` varies the land use, never the geography."""
    rng = np.random.default_rng([seed, 1])
    dongs = rows("dongs.csv")
    east, north = _lower_left_corners()
    lon, lat = geometry.to_degrees(east + CELL / 2, north + CELL / 2)
    legal = geometry.legal_dong_of(lon, lat)
    inside = legal >= 0
    east, north, lon, lat, legal = (values[inside] for values in (east, north, lon, lat, legal))
    shares = _dong_shares(east, north, legal, dongs)
    dong = shares.argmax(axis=1)
    residents = _residents(rng, east, north, dong, dongs)
    return Cells(
        code=np.array([geometry.cell_code(x, y) for x, y in zip(east, north, strict=True)]),
        east=east,
        north=north,
        lon=lon,
        lat=lat,
        dong=dong,
        dong_codes=tuple(row["code"] for row in dongs),
        dong_names=tuple(row["name_ko"] for row in dongs),
        shares=shares,
        residents=residents,
        **_daytime(rng, east, north, legal, residents),
    )


def _lower_left_corners() -> tuple[np.ndarray, np.ndarray]:
    outline = np.concatenate([ring for dong in geometry.legal_dongs() for ring in dong.rings])
    x, y = geometry.to_metres(outline[:, 0], outline[:, 1])
    columns = np.arange(x.min() // CELL, x.max() // CELL + 1) * CELL
    lines = np.arange(y.min() // CELL, y.max() // CELL + 1) * CELL
    east, north = np.meshgrid(columns, lines)
    return east.ravel(), north.ravel()


def nearest_dong(east: np.ndarray, north: np.ndarray, legal: np.ndarray) -> np.ndarray:
    """Return per point (metres) the index of the nearest centroid among its legal dong's administrative dongs."""
    dongs = rows("dongs.csv")
    names = [dong.name for dong in geometry.legal_dongs()]
    x, y = geometry.to_metres(*(np.array([float(row[key]) for row in dongs]) for key in ("lon", "lat")))
    distance = np.hypot(east[:, None] - x, north[:, None] - y)
    listed = np.array([[name in row["legal_dongs"].split(";") for row in dongs] for name in names])
    return np.where(listed[legal], distance, np.inf).argmin(axis=1)


def _dong_shares(east: np.ndarray, north: np.ndarray, legal: np.ndarray, dongs: list) -> np.ndarray:
    steps = (np.arange(SUBPOINTS) + 0.5) * CELL / SUBPOINTS
    shares = np.zeros((len(east), len(dongs)))
    for dx in steps:
        for dy in steps:
            point_legal = geometry.legal_dong_of(*geometry.to_degrees(east + dx, north + dy))
            point_legal = np.where(point_legal < 0, legal, point_legal)  # beyond the city limit: as the centre
            shares[np.arange(len(east)), nearest_dong(east + dx, north + dy, point_legal)] += 1 / SUBPOINTS**2
    shares[(shares < SPLIT) & (shares < shares.max(axis=1, keepdims=True))] = 0
    return shares / shares.sum(axis=1, keepdims=True)


def _bump(east: np.ndarray, north: np.ndarray, lon: float, lat: float, metres: float) -> np.ndarray:
    x, y = geometry.to_metres(lon, lat)
    return np.exp(-((east + CELL / 2 - x) ** 2 + (north + CELL / 2 - y) ** 2) / (2 * metres**2))


def _residents(rng: np.random.Generator, east: np.ndarray, north: np.ndarray, dong: np.ndarray, dongs: list):
    built = np.full(len(east), 2e-5)
    for row in [*dongs, *rows("stations.csv")]:
        metres = 330 * max(1.0, float(row.get("area_km2") or 1.0) ** 0.3)
        if row["name_ko"] == "대야동":  # its centroid lies in the hills; people live around the station
            continue
        built += _bump(east, north, float(row["lon"]), float(row["lat"]), metres)
    built *= rng.lognormal(0, 0.45, len(east))
    residents = np.zeros(len(east))
    for index, row in enumerate(dongs):
        mine = dong == index
        residents[mine] = float(row["assumed_residents"]) * built[mine] / built[mine].sum()
    return residents


def _daytime(rng, east, north, legal, residents) -> dict[str, np.ndarray]:
    stations = rows("stations.csv")
    near = {row["name_ko"]: _bump(east, north, float(row["lon"]), float(row["lat"]), 260) for row in stations}
    sanbon = _bump(east, north, *SANBON_CENTRE, 330)
    industry = np.array([dong.name == INDUSTRY for dong in geometry.legal_dongs()])[legal]
    at_home = residents / residents.sum()

    def mix(total: float, parts: list[tuple[float, np.ndarray]]) -> np.ndarray:
        weight = sum(share * part / part.sum() for share, part in parts)
        noisy = weight * rng.lognormal(0, 0.3, len(weight))
        return total * noisy / noisy.sum()

    at_stations = sum(float(row["assumed_share"]) * near[row["name_ko"]] for row in stations)
    narrow = sum(
        float(row["assumed_share"]) * _bump(east, north, float(row["lon"]), float(row["lat"]), 110)
        for row in stations
    )
    return {
        "jobs": mix(WORKERS, [(0.3, industry * 1.0), (0.25, sanbon), (0.2, at_stations), (0.25, at_home)]),
        "leisure": mix(SHOPPERS, [(0.45, sanbon), (0.3, at_stations), (0.25, at_home)]),
        "transit": mix(TRAVELLERS, [(1.0, narrow)]),
    }
