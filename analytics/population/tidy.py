"""One tidy table from many population files: people by unit and hour, what is masked, and a report per file.

A unit may have several rows an hour (a grid cell that lies in two dongs has one for each): they are added up, and
one masked part makes the whole unit-hour an interval: the known rest alone would be too low by an unknown share.
The same place and hour twice is a repetition: the first in the order given is kept, the later ones are reported.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..refusals import PopulationRefused
from .model import Population, SourceReport
from .rows import Place, Rejected, Rows, read_rows
from .sources import Source, open_sources

KST = "Asia/Seoul"
MASKED = "masked"
KST_HOURS = 9
HOUR_US = 3_600_000_000
MASKED_UP_TO = 3.0
"""A masked value stands for 0 to this many people."""
HOURS = 1 << 22
"""More hours than any file has (the year 2448), so that place × HOURS + hour is one number."""


def read_population(
    paths: Iterable[Path | str], *, progress: Callable[[int, int], None] | None = None
) -> Population:
    """Return the population that the files hold together; ``progress(done, of)`` counts files.

    Raises
    ------
    PopulationRefused
        No file; a file that cannot be opened, has no known layout or not one good row; files of different layouts
        (two carriers count different people).
    """
    files = [Path(path) for path in paths]
    if not files:
        raise PopulationRefused("no population file was given")
    gathered = _Gathered()
    for done, path in enumerate(files, start=1):
        for source in open_sources(path):
            gathered.add(source)
        if progress:
            progress(done, len(files))
    return Population(gathered.table(), tuple(gathered.reports), gathered.unit_kind)


class _Gathered:
    """Rows of all files so far, as numbers: place × HOURS + hour, and the people, NaN where masked."""

    def __init__(self) -> None:
        self.unit_kind = ""
        self.reports: list[SourceReport] = []
        self.places: dict[Place, int] = {}
        self.parts: list[tuple[np.ndarray, np.ndarray]] = []  # of each file: keys in order, values
        self.spans: list[tuple[int, int]] = []  # of each file: its first and last hour

    def add(self, source: Source) -> None:
        """Add the good rows of a source; refuse it if there are none, or if it counts other people or units."""
        layout = source.header.layout
        if self.reports and self.reports[0].format != layout.name:
            first = f"{self.reports[0].file} is {self.reports[0].format}"
            raise PopulationRefused(
                f"layout {layout.name} cannot be joined with others ({first})", file=source.name
            )
        rejected = Rejected()
        rows = read_rows(source, rejected)
        kept = self._keep(rows, rejected)
        if not kept:
            line, field, words = (
                rejected.listed[0] if rejected.listed else (source.header_line, "", "no row follows")
            )
            raise PopulationRefused(
                f"{words}; no row can be used", file=source.name, line=line, field=field or None
            )
        self.unit_kind = layout.unit_kind
        self.reports.append(
            SourceReport(
                file=source.name,
                format=layout.name,
                encoding=source.encoding,
                rows_read=rows.read,
                rows_kept=kept,
                masked=int(np.isnan(self.parts[-1][1]).sum()),
                rejected=tuple(
                    (line, f"{name}: {said}" if name else said) for line, name, said in rejected.listed
                ),
                rejected_counts=dict(rejected.counts),
            )
        )

    def _keep(self, rows: Rows, rejected: Rejected) -> int:
        """Add the rows that are no repetition and return how many there are."""
        known = np.array([self.places.setdefault(place, len(self.places)) for place in rows.places], np.int64)
        key = known[rows.place] * HOURS + rows.start
        order = np.argsort(key, kind="stable")
        key, line, value = key[order], rows.line[order], rows.value[order]
        again = np.zeros(len(key), bool)
        again[1:] = key[1:] == key[:-1]
        origin = np.maximum.accumulate(np.where(again, 0, np.arange(len(key)))) if len(key) else order
        same = ((value == value[origin]) | (np.isnan(value) & np.isnan(value[origin]))).all(axis=1)
        for wish, rest in ((again & same, "the same value"), (again & ~same, "another value")):
            at = np.flatnonzero(wish)
            says = partial(_repeats, line[origin[at]], rest)
            rejected.add(f"repeated with {rest}", line[at], says)
        good = ~again & ~self._elsewhere(key, again, line, rejected)
        self.parts.append(_hourly(key[good], value[good]))
        hours = self.parts[-1][0] % HOURS
        self.spans.append((hours.min(initial=HOURS), hours.max(initial=0)))
        return int(good.sum())

    def _elsewhere(self, key: np.ndarray, again: np.ndarray, line: np.ndarray, rejected: Rejected) -> np.ndarray:
        """Return which rows an earlier file already had; files of other days need no look."""
        had = np.zeros(len(key), bool)
        hours = key % HOURS
        for report, (earlier, _), span in zip(self.reports, self.parts, self.spans, strict=True):
            if len(key) and span[0] <= hours.max() and hours.min() <= span[1]:
                place = np.minimum(np.searchsorted(earlier, key), len(earlier) - 1)
                now = (earlier[place] == key) & ~had & ~again
                had |= now
                said = f"the place and hour are already in {report.file}"
                rejected.add("repeated from another file", line[now], lambda n, said=said: said)
        return had

    def table(self) -> pd.DataFrame:
        """Return the tidy table; the rows of the files are let go on the way, for together they may be large."""
        codes, unit = np.unique(np.array([place[-1] for place in self.places], object), return_inverse=True)
        size = sum(len(key) for key, _ in self.parts)
        whole, people = np.empty(size, np.int64), np.empty(size)
        while self.parts:
            key, value = self.parts.pop()
            size -= len(key)
            whole[size : size + len(key)] = unit[key // HOURS] * HOURS + key % HOURS
            people[size : size + len(key)] = value
        order = np.argsort(whole, kind="stable")
        whole, people = whole[order], people[order]
        del order
        masked = np.isnan(people)
        low, high = np.where(masked, 0.0, people), np.where(masked, MASKED_UP_TO, people)
        first = np.flatnonzero(np.concatenate([[True], whole[1:] != whole[:-1]]))
        if len(first) < len(whole):  # NaN, which is masked, carries over to the sum
            whole, people = whole[first], np.add.reduceat(people, first)
            low, high = np.add.reduceat(low, first), np.add.reduceat(high, first)
        return tidy_frame(codes, whole // HOURS, whole % HOURS, people, low, high)


def _repeats(origin: np.ndarray, rest: str, n: int) -> str:
    return f"the place and hour of line {origin[n]} again, with {rest}"


def _hourly(key: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return keys and values with one row an hour; a row of 24 columns becomes 24."""
    hours = np.arange(value.shape[1])
    return (key[:, None] + hours).ravel(), value.ravel()


def tidy_frame(
    codes: np.ndarray, unit: np.ndarray, start: np.ndarray, people: np.ndarray, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    """Return the tidy table of rows in order: `unit` indexes the sorted `codes`, `start` counts KST hours."""
    used = np.bincount(unit, minlength=len(codes)) > 0
    unit = (np.cumsum(used) - 1)[unit]
    hour = (start - KST_HOURS) * HOUR_US
    at = pd.DatetimeIndex(hour.view("datetime64[us]"), tz="UTC", copy=False).tz_convert(KST)
    columns = {
        "unit_code": pd.Categorical.from_codes(unit, pd.Index(codes[used], dtype="str")),
        "hour": at,
        "population": people,
        "missing": pd.Categorical.from_codes(
            np.isnan(people).astype(np.int8), pd.Index(["", MASKED], dtype="str")
        ),
        "low": low,
        "high": high,
    }
    return pd.DataFrame(columns, copy=False)
