"""Reads the two files of a published patient-route list as text, strictly: a row out of shape is named."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from .refusals import RoutesRefused

PATIENTS, ROUTES = "PatientInfo.csv", "PatientRoute.csv"
PATIENT_COLUMNS = ("patient_id", "confirmed_date")
ROUTE_COLUMNS = ("patient_id", "date", "province", "type", "latitude", "longitude")


@dataclass(frozen=True)
class RouteFile:
    """All cells of a file as text without outer spaces, their lines, and ``sha256:`` of its bytes."""

    table: pd.DataFrame
    lines: list[int]
    hash: str


def read_patients(folder: Path) -> RouteFile:
    """Return PatientInfo.csv; refuse it if a patient is there twice: the day of confirmation would be unsure."""
    file = _read(folder / PATIENTS, PATIENT_COLUMNS)
    again = file.table["patient_id"].duplicated()
    if again.any():
        line = file.lines[int(again.to_numpy().argmax())]
        raise RoutesRefused("the patient is there twice", file=PATIENTS, line=line, field="patient_id")
    return file


def read_routes(folder: Path) -> RouteFile:
    """Return PatientRoute.csv; refuse it if it is not CSV or lacks a column."""
    return _read(folder / ROUTES, ROUTE_COLUMNS)


def _read(path: Path, columns: tuple[str, ...]) -> RouteFile:
    try:
        raw = path.read_bytes()
        rows = list(_rows(path.name, raw.decode("utf-8-sig")))
    except OSError as error:
        raise RoutesRefused(f"cannot be opened ({error.strerror})", file=path.name) from error
    except UnicodeDecodeError as error:
        raise RoutesRefused("not UTF-8", file=path.name) from error
    (_, header), *cells = rows or [(1, [])]
    for name in columns:
        if header.count(name) != 1:
            why = "the column is there twice" if name in header else "the column is missing"
            raise RoutesRefused(why, file=path.name, line=1, field=name)
    for line, row in cells:
        if len(row) != len(header):
            words = f"{len(row)} cells where the header has {len(header)}"
            raise RoutesRefused(words, file=path.name, line=line)
    if not cells:
        raise RoutesRefused("has a header and no row", file=path.name)
    table = pd.DataFrame([row for _, row in cells], columns=header, dtype="str")
    return RouteFile(table, [line for line, _ in cells], f"sha256:{sha256(raw).hexdigest()}")


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise RoutesRefused(f"not CSV ({error})", file=name, line=reader.line_num) from error
