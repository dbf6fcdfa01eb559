"""The coordinates file (.geo): `id latitude longitude` in degrees, or `id x y` on a plane."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ..refusals import ScanFileRefused
from .records import Record, number, read_records

CoordinatesType = Literal["latlon", "cartesian"]
FIELDS = {"latlon": ("latitude", "longitude"), "cartesian": ("x", "y")}
LIMITS = {"latitude": 90.0, "longitude": 180.0}


def read_places(path: Path, coordinates_type: CoordinatesType) -> pd.DataFrame:
    """Return the coordinates of the places in file order; index `unit_code`, text.

    Columns `lon, lat` (degrees; the file has latitude first) or `x, y` (any unit). A place may be repeated with
    the same coordinates.

    Raises
    ------
    ScanFileRefused
        A field is missing, too many or not a number, a degree is none, or a place has two positions.
    """
    found: dict[str, tuple[float, float]] = {}
    for record in read_records(path):
        code, position = _place(record, path, coordinates_type)
        if found.setdefault(code, position) != position:
            raise ScanFileRefused(
                f"{code} has other coordinates than before", file=path.name, line=record.line, field="id"
            )
    values = np.array(list(found.values()))
    index = pd.Index(list(found), dtype="str", name="unit_code")
    if coordinates_type == "latlon":
        return pd.DataFrame({"lon": values[:, 1], "lat": values[:, 0]}, index=index)
    return pd.DataFrame({"x": values[:, 0], "y": values[:, 1]}, index=index)


def _place(record: Record, path: Path, coordinates_type: CoordinatesType) -> tuple[str, tuple[float, float]]:
    names = FIELDS[coordinates_type]
    if len(record.fields) != 3:
        more = "; a third dimension is not scanned" if len(record.fields) == 4 else ""
        raise ScanFileRefused(
            f"{len(record.fields)} fields where id, {names[0]} and {names[1]} are expected{more}",
            file=path.name,
            line=record.line,
            field=names[len(record.fields) - 1] if len(record.fields) < 3 else "after the coordinates",
        )
    values = []
    for name, text in zip(names, record.fields[1:], strict=True):
        value = number(text, path, record.line, name)
        if abs(value) > LIMITS.get(name, np.inf):
            raise ScanFileRefused(
                f"{text} is not a {name} in degrees; coordinates on a plane need --coordinates-type cartesian",
                file=path.name,
                line=record.line,
                field=name,
            )
        values.append(value)
    return record.fields[0], (values[0], values[1])
