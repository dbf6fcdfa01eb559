"""From one source to its good rows (place, hour, value) and to those that cannot be used, with line and reason.

A row is taken whole or not at all, and has one reason: the first fault found in the order quoting, number of
columns, day, hour, codes, values, repetition.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from . import cells
from .sources import Source, decode

LISTED = 100
"""Rejected rows that a report names; it counts all."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CODES = {
    "dong": (re.compile(r"(\d{8})(?:00)?", re.ASCII), "a dong code of 8 or 10 digits"),
    "gu": (re.compile(r"(\d{5})(?:00000)?", re.ASCII), "a district code of 5 or 10 digits"),
    "block": (re.compile(r"(\d{13,14})", re.ASCII), "an output-area code of 13 or 14 digits"),
    "cell": (re.compile(r"([가-힣]{2}\d{8})", re.ASCII), "a grid cell such as 다사52505325"),
}
Place = tuple[str, ...]


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
    """Good rows of one source in file order; `value` is (rows, 1 or 24), NaN where masked and nowhere else.

    `place` indexes `places`. `start` counts hours since 1970-01-01 00:00 KST. `read` counts all rows there were.
    """

    place: np.ndarray
    start: np.ndarray
    value: np.ndarray
    line: np.ndarray
    places: list[Place]
    read: int


def read_rows(source: Source, rejected: Rejected) -> Rows:
    """Return the good rows of a source; every other row goes into ``rejected``."""
    return _Reading(source, rejected).rows()


class _Reading:
    """The work of one source: `good` shrinks step by step, each step saying why."""

    def __init__(self, source: Source, rejected: Rejected) -> None:
        self.header, self.rejected = source.header, rejected
        self.text = np.frombuffer(source.content, np.uint8)
        order = np.full(max(self.header.positions) + 1, -1, np.int64)
        order[list(self.header.positions)] = np.arange(len(self.header.positions))
        lines = cells.count_lines(self.text, source.header_end)
        separator = np.uint8(ord(self.header.separator))
        found = cells.find_cells(self.text, source.header_end, separator, order, lines)
        self.begin, self.end, line, self.cells, self.filled, self.fault = found
        self.line = line + source.header_line
        self.good = np.ones(len(line), bool)

    def rows(self) -> Rows:
        layout, width = self.header.layout, self.header.width
        self._reject("quoting", self.fault, lambda row: "a quote is not closed, or not at the edge of its cell")
        wrong = (self.cells < width) | (self.filled >= width)
        self._reject("columns", wrong, lambda row: f"{self.cells[row]} columns where the header has {width}")
        day = cells.read_days(self.text, *self._cell(0))
        self._reject_cells("day", day == cells.BAD, 0, "is not a day YYYYMMDD")
        hour = np.zeros(len(day), np.int64)
        if layout.hour:
            hour = cells.read_hours(self.text, *self._cell(1))
            self._reject_cells("hour", hour == cells.BAD, 1, "is not an hour 00–23")
        first = 2 if layout.hour else 1
        place, places = self._places(first)
        value = self._values(first + len(layout.codes))
        kept = np.flatnonzero(self.good)
        start = (day * 24 + hour)[kept]
        return Rows(place[kept], start, value[kept], self.line[kept], places, len(self.line))

    def _places(self, first: int) -> tuple[np.ndarray, list[Place]]:
        """Return for each row the index of its place, and the places: the valid codes of the code columns."""
        whole = np.zeros(len(self.good), np.int64)
        parts: list[list[str]] = []
        for number, (kind, _) in enumerate(self.header.layout.codes, start=first):
            group, texts = self._distinct(number)
            pattern, wish = CODES[kind]
            matches = [pattern.fullmatch(re.sub(r"\s", "", text)) for text in texts]
            valid = np.array([match is not None for match in matches], bool)
            self._reject_cells("code", ~valid[group], number, f"is not {wish}")
            parts.append([match[1] if match else "" for match in matches])
            whole = whole * len(texts) + group
        index, keys = pd.factorize(whole)
        places = []
        for key in keys.tolist():
            codes = []
            for texts in reversed(parts):
                key, at = divmod(key, len(texts))
                codes.append(texts[at])
            places.append(tuple(reversed(codes)))
        return index, places

    def _distinct(self, number: int) -> tuple[np.ndarray, list[str]]:
        """Return each row's group in a column of codes, and the text of each group."""
        begin, end = self._cell(number)
        group, marks = pd.factorize(cells.fingerprints(self.text, begin, end))
        first = np.full(len(marks), -1, np.int64)
        first[group[::-1]] = np.arange(len(group) - 1, -1, -1)
        if len(marks) and cells.first_other(self.text, begin, end, group, first) != cells.BAD:
            group, texts = pd.factorize(np.array([self._shown(row, number) for row in range(len(begin))], object))
            return group, list(texts)
        return group, [self._shown(row, number) for row in first]

    def _values(self, first: int) -> np.ndarray:
        """Return values (rows × value columns); a number in another notation than usual is read too."""
        columns = range(first, self.begin.shape[1])
        value = np.empty((len(self.good), len(columns)))
        for at, number in enumerate(columns):
            value[:, at], kind = cells.read_numbers(self.text, *self._cell(number))
            for row in np.flatnonzero((kind == cells.OTHER) & self.good):
                shown = self._shown(row, number)
                value[row, at] = float(shown) + 0.0 if NUMBER.fullmatch(shown) else np.nan
            strange = (kind != cells.MASKED) & ~np.isfinite(value[:, at])
            self._reject_cells("value", strange, number, "is not a number of people")
            self._reject_cells("negative", value[:, at] < 0, number, "is below zero")
        return value

    def _reject_cells(self, reason: str, fault: np.ndarray, number: int, wish: str) -> None:
        def says(row: int) -> str:
            shown = self._shown(row, number)
            return f"'{shown if len(shown) <= 40 else shown[:40] + '…'}' {wish}"

        self._reject(reason, fault, says, self.header.names[number])

    def _reject(self, reason: str, fault: np.ndarray, says: Callable[[int], str], field: str = "") -> None:
        rows = np.flatnonzero(fault & self.good)
        self.good[rows] = False
        self.rejected.add(reason, self.line[rows], lambda n: says(rows[n]), field)

    def _cell(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return np.ascontiguousarray(self.begin[:, number]), np.ascontiguousarray(self.end[:, number])

    def _shown(self, row: int, number: int) -> str:
        raw = self.text[self.begin[row, number] : self.end[row, number]].tobytes()
        try:
            return decode(raw)
        except UnicodeDecodeError:
            return raw.decode("ascii", "backslashreplace")
