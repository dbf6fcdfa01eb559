"""Reads a day of ``unit_hours`` for the map: people by unit and hour, and the few hours in which something was."""

import csv
import gzip
from pathlib import Path
from typing import NamedTuple

HOURS = 24
UNKNOWN = -1.0  # where nobody was counted, or the count is masked; no population is negative
HOUR_AT = slice(11, 13)  # of 2020-08-13T19:00:00+09:00


class DayFigures(NamedTuple):
    """``population``: unit → 24 values, ``UNKNOWN`` where there is none; the others: rows of unit, hour, count."""

    population: dict[str, list[float]]
    masked: list[tuple[str, int]]
    entries: list[tuple[str, int, int]]
    index_visits: list[tuple[str, int, int]]


def read_day(file: Path) -> DayFigures:
    """Return the figures of a day; raise KeyError or ValueError where the file is not one of the contract."""
    population: dict[str, list[float]] = {}
    masked: list[tuple[str, int]] = []
    seen: dict[str, list[tuple[str, int, int]]] = {"entries": [], "index_visits": []}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        table = csv.reader(text)
        column = {name: at for at, name in enumerate(next(table))}
        unit, time, people, missing = (column[name] for name in ("unit_code", "hour", "population", "missing"))
        counted = [(column[name], rows) for name, rows in seen.items()]
        for row in table:
            code, hour = row[unit], int(row[time][HOUR_AT])
            if code not in population:
                population[code] = [UNKNOWN] * HOURS
            if row[people]:
                population[code][hour] = float(row[people])
            elif row[missing] == "masked":
                masked.append((code, hour))
            for at, rows in counted:
                if row[at] not in ("", "0"):
                    rows.append((code, hour, int(float(row[at]))))
    return DayFigures(population, masked, **seen)
