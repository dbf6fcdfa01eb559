"""From a piece of text to its good rows (place, hour, people), and to those that cannot be used and why.

A row is taken whole or not at all, and has one reason: the first fault found in the order quoting, number of
columns, day, hour, codes, groups, values, repetition.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import cells
from .places import KINDS, Places, shown
from .text import Source

LISTED = 100
"""Rejected rows that a report names; it counts all."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SHOWN = 40


@dataclass
class Rejected:
    """Rows that were left out: how many for each reason, and the first LISTED of them as line, field, words."""

    counts: dict[str, int] = field(default_factory=dict)
    listed: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, reason: str, lines: np.ndarray, says: Callable[[int], str], field: str = "") -> None:
        """Count the lines under the reason; ``says(n)`` tells what is wrong with the n-th of them."""
        if len(lines):
            self.counts[reason] = self.counts.get(reason, 0) + len(lines)
            first = np.argsort(lines, kind="stable")[:LISTED]
            self.listed += [(int(lines[n]), field, says(n)) for n in first]
            self.listed = sorted(self.listed)[:LISTED]


@dataclass(frozen=True)
class Rows:
    """Good rows in file order.

    `place`: numbers of Places. `start`: hours since 1970-01-01 00:00 KST. `known` and `masked`, (rows, 1 or 24):
    the sum of the known values, and how many are masked. `line`: in the file. `read`: how many rows there were.
    """

    place: np.ndarray
    start: np.ndarray
    known: np.ndarray
    masked: np.ndarray
    line: np.ndarray
    read: int


def read_rows(source: Source, places: Places, rejected: Rejected) -> Rows:
    """Return the good rows of a source; every other row goes into ``rejected``."""
    parts, line = [], source.first_line
    for piece in source.pieces:
        reading = _Reading(source, piece, line, places, rejected)
        parts.append(reading.rows())
        line += reading.lines
    if not parts:
        parts = [_Reading(source, b"", line, places, rejected).rows()]
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS)
    return Rows(*joined, read=sum(part.read for part in parts))


COLUMNS = ("place", "start", "known", "masked", "line")


class _Reading:
    """The work of one piece: `good` shrinks step by step, each step saying why."""

    def __init__(self, source: Source, piece: bytes, line: int, places: Places, rejected: Rejected) -> None:
        self.header, self.places, self.rejected = source.header, places, rejected
        self.text = np.frombuffer(piece, np.uint8)
        order = np.full(max(self.header.positions) + 1, -1, np.int64)
        order[list(self.header.positions)] = np.arange(len(self.header.positions))
        separator = np.uint8(ord(self.header.separator))
        most = piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n") + 1
        found = cells.find_cells(self.text, separator, order, most)
        self.begin, self.end, lines, self.cells, self.filled, self.fault, self.lines = found
        self.line = lines + line
        self.good = np.ones(len(lines), bool)

    def rows(self) -> Rows:
        layout, width = self.header.layout, self.header.width
        self._reject("quoting", self.fault, lambda row: "a quote is not closed, or not at the edge of its cell")
        wrong = (self.cells < width) | (self.filled >= width)
        self._reject("columns", wrong, lambda row: f"{self.cells[row]} columns where the header has {width}")
        day = cells.read_days(self.text, *self._cell(0), layout.monthly)
        wish = "is not a month YYYYMM" if layout.monthly else "is not a day YYYYMMDD"
        self._reject_cells("day", day == cells.BAD, 0, wish)
        hour = np.zeros(len(day), np.int64)
        if layout.hour:
            hour = cells.read_hours(self.text, *self._cell(1))
            self._reject_cells("hour", hour == cells.BAD, 1, "is not an hour 00–23")
        first = 2 if layout.hour else 1
        codes = self._codes(first)
        known, masked = self._people(first + len(self.header.codes))
        kept = np.flatnonzero(self.good)
        place = self.places.numbers([column[kept] for column in codes])
        return Rows(place, (day * 24 + hour)[kept], known[kept], masked[kept], self.line[kept], len(self.line))

    def _codes(self, first: int) -> list[np.ndarray]:
        """Return the codes of each row, in the order of the places' columns."""
        codes = [self.places.no_codes(column, len(self.good)) for column in range(len(self.places.kinds))]
        for number, column in enumerate(self.header.codes, start=first):
            codes[column] = self.places.codes(column, self.text, *self._cell(number))
            kind = self.places.kinds[column]
            reason = "total" if kind == "group" else "code"
            self._reject_cells(reason, codes[column] < 0, number, KINDS[kind][1])
        return codes

    def _people(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return known people and the number of masked values: by the hour, or added up."""
        numbers = range(first, len(self.header.positions))
        known = np.zeros((len(self.good), 1 if self.header.layout.hour else 24))
        masked = np.zeros(known.shape, np.int16)
        for at, number in enumerate(numbers):
            value, kind = cells.read_numbers(self.text, *self._cell(number))
            for row in np.flatnonzero((kind == cells.OTHER) & self.good):
                text = self._shown(row, number)
                value[row] = float(text) + 0.0 if NUMBER.fullmatch(text) else np.nan
            hidden = kind == cells.MASKED
            self._reject_cells("value", ~hidden & ~np.isfinite(value), number, "is not a number of people")
            self._reject_cells("negative", value < 0, number, "is below zero")
            column = 0 if self.header.layout.hour else at
            known[:, column] += np.where(hidden, 0.0, value)
            masked[:, column] += hidden
        return known, masked

    def _reject_cells(self, reason: str, fault: np.ndarray, number: int, wish: str) -> None:
        def says(row: int) -> str:
            text = self._shown(row, number)
            return f"'{text if len(text) <= SHOWN else text[:SHOWN] + '…'}' {wish}"

        self._reject(reason, fault, says, self.header.names[number])

    def _reject(self, reason: str, fault: np.ndarray, says: Callable[[int], str], field: str = "") -> None:
        rows = np.flatnonzero(fault & self.good)
        self.good[rows] = False
        self.rejected.add(reason, self.line[rows], lambda n: says(rows[n]), field)

    def _cell(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return self.begin[number], self.end[number]

    def _shown(self, row: int, number: int) -> str:
        return shown(self.text[self.begin[number, row] : self.end[number, row]].tobytes())
