"""Population and units as files, in the layouts an analyst gets from a carrier or a city.

Population: Seoul's 250 m grid layout (OA-22784): one zip a day, or for some hours of one, with one CSV, CP949,
CRLF, the columns of ``HEADER``, dong codes padded with spaces to eleven characters, every value quoted, ``*`` for
three people or fewer. A cell that lies in two dongs has a row for each. Cell-hours without anybody have no row.
Units: GeoJSON in CRS84, corners from EPSG:5179.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from . import geometry
from .cells import CELL, Cells

HEADER = ("일자", "시간", "행정동코드", "250M격자", "생활인구합계")
MASKED_UP_TO = 3.0  # people: such a value is written as "*"
NOBODY = 0.05  # people: below this the cell-hour has no row
NEWEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same input gives the same bytes


def write_population(
    folder: Path,
    cells: Cells,
    days: Sequence[date],
    population: np.ndarray,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Path]:
    """Write one zip a day into ``folder`` and return their paths; ``population`` is (cells, 24 × days)."""
    paths = []
    for number, day in enumerate(days):
        paths.append(write_hours(folder, cells, day, population[:, 24 * number : 24 * number + 24], range(24)))
        progress(1)
    return paths


def write_hours(folder: Path, cells: Cells, day: date, population: np.ndarray, hours: range) -> Path:
    """Write the zip of some hours of a day, named after them unless it is all; ``population`` is (cells, 24)."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"250_LOCAL_RESD_{day:%Y%m%d}" + (f"_{hours[0]:02d}-{hours[-1]:02d}" if len(hours) < 24 else "")
    path = folder / f"{stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        text = day_csv(cells, day, population, hours)
        bundle.writestr(zipfile.ZipInfo(f"{stem}.csv", NEWEST_ZIP_TIME), text, zipfile.ZIP_DEFLATED)
    return path


def day_csv(cells: Cells, day: date, population: np.ndarray, hours: range = range(24)) -> bytes:
    """Return one day's file, with these hours; ``population`` is (cells, 24)."""
    lines = io.StringIO(newline="")
    lines.write(",".join(f'"{name}"' for name in HEADER) + "\r\n")
    for hour in hours:
        for code, dong, value in _pieces(cells, population[:, hour]):
            text = "*" if round(value, 2) <= MASKED_UP_TO else f"{value:.2f}"
            lines.write(f'"{day:%Y%m%d}","{hour:02d}","{dong:<11}","{code}","{text}"\r\n')
    return lines.getvalue().encode("cp949")


def _pieces(cells: Cells, people: np.ndarray) -> Iterator[tuple[str, str, float]]:
    for cell, dong in zip(*np.nonzero(cells.shares), strict=True):
        value = people[cell] * cells.shares[cell, dong]
        if value >= NOBODY:
            yield str(cells.code[cell]), cells.dong_codes[dong], float(value)


def write_units(path: Path, cells: Cells) -> None:
    """Write the cells as a GeoJSON FeatureCollection: unit_code, dong_code (administrative, 8 digits), name."""
    corners = [(0, 0), (CELL, 0), (CELL, CELL), (0, CELL), (0, 0)]
    rings = [geometry.to_degrees(cells.east + dx, cells.north + dy) for dx, dy in corners]
    features = [
        {
            "type": "Feature",
            "properties": {
                "unit_code": str(code),
                "unit_type": "cell",
                "dong_code": cells.dong_codes[cells.dong[number]],
                "name": f"{cells.dong_names[cells.dong[number]]} {code}",
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[round(float(x[number]), 7), round(float(y[number]), 7)] for x, y in rings]],
            },
        }
        for number, code in enumerate(cells.code)
    ]
    collection = {
        "type": "FeatureCollection",
        "name": "gunpo_cells_250m",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "note": "250 m national grid cells whose centre lies in Gunpo; dong = nearest administrative-dong "
        "centroid within the legal dong (boundaries of administrative dongs are not shipped)",
        "features": features,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
