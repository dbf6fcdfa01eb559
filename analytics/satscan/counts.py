"""The files of cases (.cas) and controls (.ctl): `id count [date] [covariate …]`."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..refusals import ScanFileRefused
from .dates import When, days_since_1970
from .records import Record, number, read_records

MOST = 10**8
COLUMNS = {
    "line": "int64",
    "place": "str",
    "count": "int64",
    "dated": "bool",
    "first": "int64",
    "last": "int64",
    "stratum": "str",
}


def read_counts(path: Path, read_date: Callable[[str], When] | None, covariates: int | None) -> pd.DataFrame:
    """Return one row a record: `line, place, count, dated, first, last, stratum`.

    `first` and `last` are the days the date may mean, in days since 1970-01-01; 0 where it is not `dated`.
    `stratum` is the text of the covariates, separated by tabs.

    Parameters
    ----------
    read_date : the function that reads dates (dates.date_reader), or None: dates are ignored.
    covariates : how many follow the date. Records must have all of them; so a record with one field fewer has no
        date. None: any number may follow.

    Raises
    ------
    ScanFileRefused
        A count is not whole or negative, a date cannot be read, or a record has too few or too many fields.
    """
    rows = []
    for record in read_records(path):
        date, stratum = _rest(record, path, covariates)
        when = _when(date, read_date, record, path)
        days = (False, 0, 0) if when is None else (True, days_since_1970(when.first), days_since_1970(when.last))
        rows.append((record.line, record.fields[0], _count(record, path), *days, "\t".join(stratum)))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _count(record: Record, path: Path) -> int:
    if len(record.fields) < 2:
        raise ScanFileRefused("missing", file=path.name, line=record.line, field="count")
    text = record.fields[1]
    if text.isascii() and text.isdecimal() and len(text) < len(str(MOST)):
        return int(text)
    value = number(text, path, record.line, "count")
    if value < 0 or value != int(value):
        raise ScanFileRefused(
            f"{text} is not a whole number of persons, zero or more",
            file=path.name,
            line=record.line,
            field="count",
        )
    if value > MOST:
        told = f"{text} persons are more than the {MOST:,} that this program can take for one record"
        raise ScanFileRefused(told, file=path.name, line=record.line, field="count")
    return int(value)


def _rest(record: Record, path: Path, covariates: int | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the date's text and the covariates."""
    rest = record.fields[2:]
    if covariates is None:
        return (rest[0] if rest else None), rest[1:]
    if len(rest) == covariates:
        return None, rest
    if len(rest) == covariates + 1:
        return rest[0], rest[1:]
    wanted = f", date and {covariates} covariate(s), as the populations have," if covariates else " and date"
    raise ScanFileRefused(
        f"{len(record.fields)} fields where id, count{wanted} are expected",
        file=path.name,
        line=record.line,
        field="covariates",
    )


def _when(text: str | None, read_date: Callable[[str], When] | None, record: Record, path: Path) -> When | None:
    if text is None or read_date is None:
        return None
    try:
        return read_date(text)
    except ValueError as error:
        raise ScanFileRefused(f"'{text}' {error}", file=path.name, line=record.line, field="date") from error
