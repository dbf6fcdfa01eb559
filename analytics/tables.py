"""Tables of the contract as CSV: typed and checked on the way in, one canonical text on the way out.

What a column may hold is said by the contract's Table Schema (contract/*.json); nothing of it is repeated here.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from .refusals import ExtractRefused

KST = "Asia/Seoul"
OFFSET = timedelta(hours=9)
CONSTRAINTS = {"required", "minimum", "maximum", "enum"}


def parse_table(label: str, content: bytes, schema: dict, *, more_columns: bool = False) -> tuple:
    """Return the rows as a frame with the schema's columns, types and order, and each row's line in the file.

    string → str, number → float64, integer → int64 (Int64 where it may be empty), boolean → bool, datetime →
    datetime64[us, Asia/Seoul]. ``more_columns`` passes over columns that the schema does not have (a later minor).

    Raises
    ------
    ExtractRefused
        Not UTF-8 or CSV, a column missing, unknown or twice, a row of another width, a value that is not of its
        type or against a constraint, a primary key twice; with file, line and field.
    """
    header, cells, lines = _cells(label, content)
    names = [field["name"] for field in schema["fields"]]
    for name in header:
        if header.count(name) > 1 or (name not in names and not more_columns):
            why = "there twice" if header.count(name) > 1 else "not a column of the contract"
            raise ExtractRefused(why, file=label, line=1, field=name)
    columns = {}
    for field in schema["fields"]:
        if field["name"] not in header:
            raise ExtractRefused("the column is missing", file=label, line=1, field=field["name"])
        at = header.index(field["name"])
        columns[field["name"]] = _column(label, field, cells[at], lines)
    frame = pd.DataFrame(columns, columns=names)
    key = schema.get("primaryKey", [])
    again = np.flatnonzero(frame.duplicated(key)) if key else []
    if len(again):
        said = ", ".join(str(frame[name].iloc[again[0]]) for name in key)
        line = int(lines[again[0]])
        raise ExtractRefused(f"{said} is there twice", file=label, line=line, field=" + ".join(key))
    return frame, lines


def _cells(label: str, content: bytes) -> tuple[list[str], list[Sequence[str]], np.ndarray]:
    """Return the header, each column's cells, and each row's line in the file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExtractRefused("not UTF-8", file=label) from error
    return _plain_cells(text) or _csv_cells(label, text)


def _plain_cells(text: str) -> tuple[list[str], list[Sequence[str]], np.ndarray] | None:
    """Return the cells of a table without quotes, empty lines or rows of another width; None for any other."""
    if '"' in text or "\r" in text:
        return None
    text = text.removesuffix("\n")
    width = text.partition("\n")[0].count(",") + 1
    letters = np.frombuffer(text.encode(), np.uint8)
    ends = np.append(letters[(letters == ord(",")) | (letters == ord("\n"))] == ord("\n"), True)
    if width == 1 or len(ends) % width or ends.reshape(-1, width)[:, :-1].any() or ends.sum() * width != len(ends):
        return None
    cells = text.replace("\n", ",").split(",")
    columns = [cells[width + at :: width] for at in range(width)]
    return cells[:width], columns, np.arange(2, len(cells) // width + 1)


def _csv_cells(label: str, text: str) -> tuple[list[str], list[Sequence[str]], np.ndarray]:
    """Return the cells of any table in CSV, or refuse it with the line that is wrong."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        cells, lines = [], []
        for row in reader:
            if row and len(row) != len(header):
                words = f"{len(row)} cells where the header has {len(header)}"
                raise ExtractRefused(words, file=label, line=reader.line_num)
            if row:
                cells.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ExtractRefused(f"not CSV ({error})", file=label, line=reader.line_num) from error
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(header)
    return header, columns, np.array(lines, np.int64)


def _column(label: str, field: dict, texts: Sequence[str], lines: np.ndarray) -> pd.Series:
    """Return one column; every distinct text is read once."""
    read, dtype = _reader(field)
    group, distinct = pd.factorize(np.array(texts, object))
    values = []
    for number, text in enumerate(distinct):
        try:
            values.append(read(text))
        except ValueError as error:
            line = int(lines[(group == number).argmax()])
            raise ExtractRefused(str(error), file=label, line=line, field=field["name"]) from error
    return pd.Series(values, dtype=dtype).take(group).reset_index(drop=True)


def _reader(field: dict) -> tuple[Callable[[str], Any], str]:
    constraints = field.get("constraints", {})
    if set(constraints) - CONSTRAINTS or field["type"] not in TYPES:
        raise NotImplementedError(f"contract column {field['name']}: {field['type']}, {sorted(constraints)}")
    parse, empty, dtype = TYPES[field["type"]]
    required = constraints.get("required", False)
    low, high = constraints.get("minimum", -math.inf), constraints.get("maximum", math.inf)

    def read(text: str) -> Any:
        if text == "" and required:
            raise ValueError("empty")
        value = empty if text == "" else parse(text)
        if "enum" in constraints and text not in constraints["enum"]:
            raise ValueError(f"'{text}' is none of {', '.join(word or '(empty)' for word in constraints['enum'])}")
        if text and field["type"] in ("number", "integer") and not low <= value <= high:
            raise ValueError(f"{text} is not between {low} and {high}")
        return value

    return read, "int64" if field["type"] == "integer" and required else dtype


def _number(text: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII) or not math.isfinite(float(text)):
        raise ValueError(f"'{text}' is not a number")
    return float(text)


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise ValueError(f"'{text}' is not a whole number")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"'{text}' is neither true nor false")
    return text == "true"


def moment(text: object) -> pd.Timestamp:
    """Return an ISO 8601 time with +09:00 as a time in Asia/Seoul; raise ValueError for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.utcoffset() != OFFSET:
        raise ValueError(f"'{text}' is not a time such as 2020-08-25T18:00:00+09:00")
    return pd.Timestamp(at).tz_convert(KST).as_unit("us")


TYPES: dict[str, tuple[Callable[[str], Any], Any, str]] = {
    "string": (str, "", "str"),
    "number": (_number, math.nan, "float64"),
    "integer": (_integer, pd.NA, "Int64"),
    "boolean": (_boolean, False, "bool"),
    "datetime": (moment, pd.NaT, f"datetime64[us, {KST}]"),
}


def format_table(frame: pd.DataFrame, schema: dict) -> bytes:
    """Return the frame as CSV with the schema's columns in its order; what is not known is an empty cell."""
    names = [field["name"] for field in schema["fields"]]
    texts = [_texts(frame[field["name"]], field["type"]) for field in schema["fields"]]
    lines = io.StringIO(newline="")
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(names)
    table.writerows(zip(*texts, strict=True))
    return lines.getvalue().encode("utf-8")


def _texts(column: pd.Series, kind: str) -> np.ndarray:
    """Return a column's cells; every distinct value is written once, what is not known is empty."""
    group, distinct = pd.factorize(column)
    return np.array([*(_text(value, kind) for value in distinct), ""], object)[group]


def _text(value: Any, kind: str) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, datetime):  # a pandas time too; without a zone it raises
        return time_text(value)
    value = value.item() if isinstance(value, np.generic) else value
    if kind == "integer" and isinstance(value, float) and value.is_integer():  # a column with gaps
        return str(int(value))
    return repr(value)


def by_date(visits: pd.DataFrame) -> pd.Series:
    """Return which visits span a whole day from midnight: only their date is known."""
    start, end = (pd.DatetimeIndex(visits[side]).tz_convert(KST) for side in ("start", "end"))
    whole = (start == start.normalize()) & (end == (start + pd.DateOffset(days=1)).normalize())
    return pd.Series(whole, index=visits.index)


def time_text(at: datetime) -> str:
    """Return an aware time as ISO 8601 in whole seconds, +09:00; raise ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at}")
    return pd.Timestamp(at).tz_convert(KST).isoformat(timespec="seconds")
