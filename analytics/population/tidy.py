"""One tidy table from many population files: people by unit and hour, what is masked, and a report per file.

A unit may have several rows an hour: a grid cell that lies in two dongs has one for each, some carriers have one
for each age and sex. They are added up, and one masked part makes the whole unit-hour an interval: the known rest
alone would be too low by an unknown share. The same place and hour twice is a repetition: the first in the order
given is kept, the later ones are reported.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from ..refusals import PopulationRefused
from .formats import LAYOUTS
from .layouts import Layout
from .mapping import read_mapping
from .model import Population, SourceReport
from .places import Places
from .rows import Rejected, Rows, read_rows
from .sources import open_tables
from .table import HOURS, by_hour, set_apart, tidy_table
from .text import Source, open_source


def read_population(
    paths: Iterable[Path | str],
    *,
    mapping: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Population:
    """Return the population that the files hold together; ``progress(done, of)`` counts files.

    `mapping` is a TOML file that says which columns to read (docs/data.md); without it, layouts are recognised.
    Files are read a piece at a time: what is held is what comes out, about 60 bytes per unit and hour.

    Raises
    ------
    PopulationRefused
        No file; a file that cannot be opened, has no known layout or not one good row; files of different layouts
        (two carriers count different people).
    """
    files = [Path(path) for path in paths]
    if not files:
        raise PopulationRefused("no population file was given")
    layouts = LAYOUTS if mapping is None else (read_mapping(Path(mapping)),)
    gathered = _Gathered()
    for done, path in enumerate(files, start=1):
        for table in open_tables(path):
            gathered.add(open_source(table, layouts))
        if progress:
            progress(done, len(files))
    return gathered.population()


class _Gathered:
    """Rows of all files so far, as numbers: place × HOURS + hour, known people, and how many values are masked."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self.places = Places(())
        self.reports: list[SourceReport] = []
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # of each file, in order of the keys
        self.spans: list[tuple[int, int]] = []  # of each file: its first and last hour

    def add(self, source: Source) -> None:
        """Add the good rows of a source; refuse it if there are none, or if it counts other people or units."""
        layout = source.header.layout
        if self.layout is None:
            self.layout, self.places = layout, Places(layout.kinds())
        elif self.layout != layout:
            first = f"{self.reports[0].file} is {self.layout.name}"
            raise PopulationRefused(
                f"layout {layout.name} cannot be joined with others ({first})", file=source.name
            )
        rejected = Rejected()
        rows = read_rows(source, self.places, rejected)
        kept = self._keep(rows, rejected)
        if not kept:
            line, field, words = (
                rejected.listed[0] if rejected.listed else (source.first_line - 1, "", "no row follows")
            )
            raise PopulationRefused(
                f"{words}; no row can be used", file=source.name, line=line, field=field or None
            )
        listed = tuple((line, f"{name}: {said}" if name else said) for line, name, said in rejected.listed)
        self.reports.append(
            SourceReport(
                file=source.name,
                format=layout.name,
                encoding=source.encoding,
                rows_read=rows.read,
                rows_kept=kept,
                masked=int(rows.masked.sum()),
                rejected=listed,
                rejected_counts=dict(rejected.counts),
            )
        )

    def _keep(self, rows: Rows, rejected: Rejected) -> int:
        """Add the rows that are no repetition and return how many there are."""
        key = rows.place * np.int64(HOURS) + rows.start
        order = np.argsort(key, kind="stable")
        key, line, known, masked = key[order], rows.line[order], rows.known[order], rows.masked[order]
        again = np.zeros(len(key), bool)
        again[1:] = key[1:] == key[:-1]
        if again.any():
            origin = np.maximum.accumulate(np.where(again, 0, np.arange(len(key))))
            same = ((known == known[origin]) & (masked == masked[origin])).all(axis=1)
            for wish, rest in ((again & same, "the same value"), (again & ~same, "another value")):
                at = np.flatnonzero(wish)
                says = partial(_repeats, line[origin[at]], rest)
                rejected.add(f"repeated with {rest}", line[at], says)
        good = ~again & ~self._elsewhere(key, again, line, rejected)
        if not good.all():
            key, known, masked = key[good], known[good], masked[good]
        part = by_hour(key, known, masked, self.layout.monthly)
        hours = part[0] % HOURS
        self.parts.append(tuple(set_apart(values) for values in part))
        self.spans.append((hours.min(initial=HOURS), hours.max(initial=0)))
        return len(key)

    def _elsewhere(self, key: np.ndarray, again: np.ndarray, line: np.ndarray, rejected: Rejected) -> np.ndarray:
        """Return which rows an earlier file already had; files of other days need no look."""
        had = np.zeros(len(key), bool)
        hours = key % HOURS
        for report, (earlier, *_), span in zip(self.reports, self.parts, self.spans, strict=True):
            if len(key) and span[0] <= hours.max() and hours.min() <= span[1]:
                place = np.minimum(np.searchsorted(earlier, key), len(earlier) - 1)
                now = (earlier[place] == key) & ~had & ~again
                had |= now
                said = f"the place and hour are already in {report.file}"
                rejected.add("repeated from another file", line[now], lambda n, said=said: said)
        return had

    def population(self) -> Population:
        """Return the tidy table; the rows of the files are let go on the way, for together they may be large."""
        codes, unit_of_place = self.places.units()
        table = tidy_table(codes, unit_of_place, self.parts)
        return Population(table, tuple(self.reports), self.layout.unit_kind, self.layout.monthly)


def _repeats(origin: np.ndarray, rest: str, n: int) -> str:
    return f"the place and hour of line {origin[n]} again, with {rest}"
