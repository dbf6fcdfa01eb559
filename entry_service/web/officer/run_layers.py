"""The figures by hour that the map draws: one layer of one day is 24 rows of two-byte numbers, one a unit.

The analytics write them (``map/DAY/LAYER.i16.gz``, contract/results.json). For a folder of an older analytics the
floating population is made from ``unit_hours``; the other layers are then missing, and the page says so.
"""

import gzip
from array import array
from functools import lru_cache
from pathlib import Path
from sys import byteorder
from typing import NamedTuple

from entry_service.core.errors import NotFound

from .result_folders import GRADES, ResultFolder, stamp_of, tidy
from .run_units import index_of, units_of
from .unit_hours import HOURS, DayFigures, read_day

LAYERS = ("population", "surge", "difference")
RESTS_ON = "rests_on"  # beside a difference: on how many days the usual rests, a unit and hour
MISSING, MASKED = -32_768, -32_767  # no figure; three people or fewer, not published
MOST = 32_766
SCALES = (10.0, 1.0, 0.1)  # steps a person: the finest that holds twice the largest figure


class LayerBytes(NamedTuple):
    """One layer of one day, compressed and plain: little-endian int16, hour by hour."""

    zipped: bytes
    plain: bytes


def layers_of(run: ResultFolder) -> dict[str, dict]:
    """Return scale and bounds of every layer by hour that the run has, by name; of ``RESTS_ON`` there are none."""
    index = index_of(run)
    if index is not None:
        known = {name: dict(index["layers"][name]) for name in LAYERS if name in index["layers"]}
        there = "difference" in known and _file(run, RESTS_ON, index["days"][-1]).is_file()
        return known | ({RESTS_ON: {"scale": 1, "bounds": []}} if there else {})
    file = _middle_day(run)
    return {"population": dict(_made_up(file, stamp_of(file)))} if file else {}


def layer(run: ResultFolder, name: str, day: str) -> LayerBytes:
    """Return one layer of one day; raise NotFound where the run does not have it."""
    index = index_of(run)
    if name not in layers_of(run) or day not in days_of(run):
        raise NotFound(day=day)
    if index is not None:
        file = _file(run, name, day)
        if not file.is_file():
            raise NotFound(day=day)
        return _read(file, stamp_of(file))
    file = run.path / "unit_hours" / f"{day}.csv.gz"
    return _packed(file, stamp_of(file), units_of(run).codes, layers_of(run)[name]["scale"])


def _file(run: ResultFolder, name: str, day: str) -> Path:
    return run.path / "map" / day / f"{name}.i16.gz"


def days_of(run: ResultFolder) -> list[str]:
    """Return the days that have figures by hour, in order."""
    index = index_of(run)
    return list(index["days"]) if index is not None else run.days()


def events(run: ResultFolder, day: str) -> dict[str, list]:
    """Return a day's unit-hours with logged entries or index visits: place of the unit, hour, count of each."""
    if day not in run.days():
        raise NotFound(day=day)
    file = run.path / "unit_hours" / f"{day}.csv.gz"
    figures, place = _day(file, stamp_of(file)), {code: at for at, code in enumerate(units_of(run).codes)}
    known = {"entries": figures.entries, "index_visits": figures.index_visits}
    return {
        name: [[place[code], hour, count] for code, hour, count in rows if code in place]
        for name, rows in known.items()
    }


def _middle_day(run: ResultFolder) -> Path | None:
    days = run.days()
    return run.path / "unit_hours" / f"{days[len(days) // 2]}.csv.gz" if days else None


@lru_cache(maxsize=4)
def _day(file: Path, stamp: tuple[int, int]) -> DayFigures:
    return read_day(file)


@lru_cache(maxsize=8)
def _made_up(file: Path, stamp: tuple[int, int]) -> tuple[tuple[str, object], ...]:
    """Return scale and nine bounds of ten grades of equal size, from a middle day."""
    people = sorted(value for row in _day(file, stamp).population.values() for value in row if value >= 0)
    if not people:
        return ("scale", SCALES[0]), ("bounds", [])
    scale = next((fine for fine in SCALES if people[-1] * 2 * fine <= MOST), SCALES[-1])
    bounds = [tidy(people[len(people) * grade // GRADES]) for grade in range(1, GRADES)]
    return ("scale", scale), ("bounds", bounds)


@lru_cache(maxsize=16)
def _packed(file: Path, stamp: tuple[int, int], order: tuple[str, ...], scale: float) -> LayerBytes:
    figures = _day(file, stamp)
    place = {code: at for at, code in enumerate(order)}
    values = array("h", [MISSING]) * (HOURS * len(order))
    for code, row in figures.population.items():
        at = place.get(code)
        if at is None:
            continue
        for hour, people in enumerate(row):
            if people >= 0:
                values[hour * len(order) + at] = min(MOST, round(people * scale))
    for code, hour in figures.masked:
        if code in place:
            values[hour * len(order) + place[code]] = MASKED
    if byteorder == "big":
        values.byteswap()
    return LayerBytes(gzip.compress(values.tobytes(), 6, mtime=0), values.tobytes())


@lru_cache(maxsize=32)
def _read(file: Path, stamp: tuple[int, int]) -> LayerBytes:
    zipped = file.read_bytes()
    return LayerBytes(zipped, gzip.decompress(zipped))
