"""One tidy table from many population files: people by unit and hour, what is masked, and a report per file.

A unit may have several rows an hour (a grid cell that lies in two dongs has one for each): they are added up, and
one masked part makes the whole unit-hour masked, because the known rest would be too low by an unknown share. The
same place and hour twice is a repetition: the first in the order given is kept, the later ones are reported.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..refusals import PopulationRefused
from .rows import Place, Rejected, Rows, read_rows
from .sources import Source, open_sources

KST = "Asia/Seoul"
MASKED = "masked"
KST_HOURS = 9
HOURS = 1 << 22
"""More hours than any file has (the year 2448), so that place × HOURS + hour is one number."""


@dataclass(frozen=True)
class SourceReport:
    """What became of one file's rows: ``rows_read == rows_kept + sum(rejected_counts.values())``.

    `rejected` names line and reason of the first 100 rows left out; `masked` counts values given as ``*``.
    """

    file: str
    format: str
    encoding: str
    rows_read: int
    rows_kept: int
    masked: int
    rejected: tuple[tuple[int, str], ...]
    rejected_counts: dict[str, int]

    def as_dict(self) -> dict:
        """Return the report for summary.json."""
        return asdict(self)


@dataclass(frozen=True)
class Population:
    """People present by unit and hour.

    `table`: one row per unit and hour, sorted: `unit_code` (text), `hour` (start of the hour, Asia/Seoul),
    `population` (people, NaN where missing), `missing` ("" or "masked"). A unit-hour without a row in the files
    has none here: it is neither zero nor invented. `unit_kind`: "dong", "block", "cell" or "gu".
    """

    table: pd.DataFrame
    sources: tuple[SourceReport, ...]
    unit_kind: str


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
    """Rows of all files so far, as numbers: the place's index, the hour, the value, whether it is masked."""

    def __init__(self) -> None:
        self.unit_kind = ""
        self.reports: list[SourceReport] = []
        self.places: dict[Place, int] = {}
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # sorted keys, values, masked

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
                masked=int(self.parts[-1][2].sum()),
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
        key, line, value, masked = key[order], rows.line[order], rows.value[order], rows.masked[order]
        again = np.zeros(len(key), bool)
        again[1:] = key[1:] == key[:-1]
        origin = np.maximum.accumulate(np.where(again, 0, np.arange(len(key)))) if len(key) else order
        same = ((value == value[origin]) | (masked & masked[origin])).all(axis=1)
        for wish, rest in ((again & same, "the same value"), (again & ~same, "another value")):
            at = np.flatnonzero(wish)
            says = partial(_repeats, line[origin[at]], rest)
            rejected.add(f"repeated with {rest}", line[at], says)
        good = ~again & ~self._elsewhere(key, again, line, rejected)
        self.parts.append(_hourly(key[good], value[good], masked[good]))
        return int(good.sum())

    def _elsewhere(self, key: np.ndarray, again: np.ndarray, line: np.ndarray, rejected: Rejected) -> np.ndarray:
        """Return which rows an earlier file already had."""
        had = np.zeros(len(key), bool)
        for report, (earlier, _, _) in zip(self.reports, self.parts, strict=True):
            if len(key):
                place = np.minimum(np.searchsorted(earlier, key), len(earlier) - 1)
                now = (earlier[place] == key) & ~had & ~again
                had |= now
                said = f"the place and hour are already in {report.file}"
                rejected.add("repeated from another file", line[now], lambda n, said=said: said)
        return had

    def table(self) -> pd.DataFrame:
        key = np.concatenate([part[0] for part in self.parts])
        value = np.concatenate([part[1] for part in self.parts])
        masked = np.concatenate([part[2] for part in self.parts])
        self.parts.clear()
        codes, unit = np.unique(np.array([place[-1] for place in self.places], object), return_inverse=True)
        key = unit[key // HOURS] * HOURS + key % HOURS
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        missing = np.logical_or.reduceat(masked[order], first)
        people = np.add.reduceat(np.where(masked, 0.0, value)[order], first)
        return tidy_frame(codes, key[first] // HOURS, key[first] % HOURS, np.where(missing, np.nan, people))


def _repeats(origin: np.ndarray, rest: str, n: int) -> str:
    return f"the place and hour of line {origin[n]} again, with {rest}"


def _hourly(key: np.ndarray, value: np.ndarray, masked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return keys, values and masks with one row an hour; a row of 24 columns becomes 24."""
    width = value.shape[1]
    hourly = (key[:, None] + np.arange(width)).ravel() if width > 1 else key
    return hourly, value.ravel(), masked.ravel()


def tidy_frame(codes: np.ndarray, unit: np.ndarray, start: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """Return the tidy table of rows in order: `unit` indexes `codes`, `start` counts KST hours, NaN is masked."""
    seconds = (start - KST_HOURS) * 3600
    hour = pd.DatetimeIndex(seconds.astype("datetime64[s]").astype("datetime64[us]"), tz="UTC").tz_convert(KST)
    missing = np.array(["", MASKED], object)[np.isnan(people).astype(int)]
    return pd.DataFrame(
        {
            "unit_code": pd.Series(codes[unit], dtype="str"),
            "hour": hour,
            "population": people,
            "missing": pd.Series(missing, dtype="str"),
        }
    )
