"""Lines of text into fields: any run of blanks or tabs separates, quotes keep blanks, empty lines do not count."""

import re
from dataclasses import dataclass
from pathlib import Path

from ..refusals import ScanFileRefused

LINE_END = re.compile(r"\r\n|\r|\n")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
FIELD = re.compile(r'"([^"]*)"(?=[ \t]|$)|([^ \t]+)')
BOM, DOS_END = b"\xef\xbb\xbf", "\x1a"
ENCODINGS = ("utf-8", "cp949")
"""Tried in this order: Korean text in CP949 is never valid UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line that holds something: its number in the file, from 1, and its fields."""

    line: int
    fields: tuple[str, ...]


def read_records(path: Path) -> list[Record]:
    """Return the records of a text file in UTF-8 or CP949, with or without a byte-order mark.

    Raises
    ------
    ScanFileRefused
        The file is not there, empty, not text, or a quote in it is not closed.
    """
    records = []
    for number, line in enumerate(LINE_END.split(_text(path)), start=1):
        if '"' in line:
            records.append(Record(number, _quoted(line, path, number)))
        else:
            records.append(Record(number, tuple(line.replace("\t", " ").strip(" ").split(" "))))
    return _filled(records, path)


def number(text: str, path: Path, line: int, field: str) -> float:
    """Return the field as a finite number, or refuse it. Only plain notation is a number: not 1_000, not inf."""
    if not NUMBER.fullmatch(text):
        raise ScanFileRefused(f"'{text}' is not a number", file=path.name, line=line, field=field)
    return float(text)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScanFileRefused(f"cannot be opened ({error.strerror or error})", file=path.name) from error
    if b"\0" in content[:4096]:
        raise ScanFileRefused("not a text file in UTF-8 or CP949 (it has NUL bytes)", file=path.name)
    for encoding in ENCODINGS:
        try:
            return content.removeprefix(BOM).decode(encoding).rstrip(DOS_END)
        except UnicodeDecodeError:
            continue
    raise ScanFileRefused("neither UTF-8 nor CP949", file=path.name)


def _quoted(line: str, path: Path, number: int) -> tuple[str, ...]:
    fields = tuple(quoted if plain == "" else plain for quoted, plain in FIELD.findall(line))
    if any('"' in field for field in fields):
        raise ScanFileRefused(
            "a quote is not closed, or not at the edge of its field", file=path.name, line=number
        )
    return fields


def _filled(records: list[Record], path: Path) -> list[Record]:
    kept = []
    for record in records:
        fields = record.fields if "" not in record.fields else tuple(field for field in record.fields if field)
        if fields:
            kept.append(record if fields is record.fields else Record(record.line, fields))
    if not kept:
        raise ScanFileRefused("empty", file=path.name)
    return kept
