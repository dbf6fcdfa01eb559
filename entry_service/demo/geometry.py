"""Where things are in the demo city: legal-dong outlines, projected metres and national grid cell codes.

The service carries no GIS: even-odd containment in numpy and pyproj's EPSG:4326 ↔ 5179 are all the demo needs.
Outlines: data/gunpo_legal_dong.geojson (NGII open boundaries, attribution inside the file). Cell codes follow the
national grid names (국가지점번호) on EPSG:5179: lettered 100 km squares, then tens of metres east and north of the
lower-left corner.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import Transformer

from .facts import DATA

LETTERS = "가나다라마바사아자차카타파하"
GRID_EAST, GRID_NORTH, SQUARE = 700_000, 1_300_000, 100_000  # metres, EPSG:5179


@dataclass(frozen=True, slots=True)
class LegalDong:
    """One legal dong; ``rings`` are closed (n, 2) arrays of lon, lat, read by the even-odd rule."""

    code: str
    name: str
    rings: tuple[np.ndarray, ...]


@lru_cache(maxsize=1)
def legal_dongs() -> tuple[LegalDong, ...]:
    """Return the nine legal dongs of Gunpo as the committed GeoJSON has them (WGS 84)."""
    features = json.loads((DATA / "gunpo_legal_dong.geojson").read_text(encoding="utf-8"))["features"]
    return tuple(
        LegalDong(
            code=feature["properties"]["bjd_cd"],
            name=feature["properties"]["name_ko"],
            rings=tuple(np.asarray(ring, dtype=float) for ring in _rings(feature["geometry"])),
        )
        for feature in features
    )


def _rings(geometry: dict) -> list:
    parts = geometry["coordinates"]
    return parts if geometry["type"] == "Polygon" else [ring for polygon in parts for ring in polygon]


@lru_cache(maxsize=2)
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return east and north in metres (EPSG:5179) of degrees (WGS 84)."""
    return _transformer(4326, 5179).transform(lon, lat)


def to_degrees(east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lon and lat in degrees (WGS 84) of metres (EPSG:5179)."""
    return _transformer(5179, 4326).transform(east, north)


def contains(rings: Sequence[np.ndarray], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return a bool per point: inside the rings by the even-odd rule (holes and parts need no telling apart)."""
    inside = np.zeros(np.shape(lon), dtype=bool)
    for ring in rings:
        x0, y0 = ring[:-1, 0, None], ring[:-1, 1, None]
        x1, y1 = ring[1:, 0, None], ring[1:, 1, None]
        straddles = (y0 > lat) != (y1 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):  # level edges straddle nothing
            crossing = x0 + (lat - y0) * (x1 - x0) / (y1 - y0)
        inside ^= (np.count_nonzero(straddles & (lon < crossing), axis=0) % 2).astype(bool)
    return inside


def legal_dong_of(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return per point the index of its legal dong, -1 outside the city."""
    found = np.full(np.shape(lon), -1)
    for index, dong in enumerate(legal_dongs()):
        found[contains(dong.rings, lon, lat) & (found < 0)] = index
    return found


def cell_code(east: float, north: float) -> str:
    """Return the national grid name of a lower-left corner in metres, e.g. (949750, 1929250) → 다사49752925."""
    column, row = int(east - GRID_EAST) // SQUARE, int(north - GRID_NORTH) // SQUARE
    return f"{LETTERS[column]}{LETTERS[row]}{int(east) % SQUARE // 10:04d}{int(north) % SQUARE // 10:04d}"
