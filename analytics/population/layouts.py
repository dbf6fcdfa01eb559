"""What a kind of file looks like, and how a header is recognised: by its columns, never by the file's name."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..refusals import PopulationRefused

SEPARATORS = (",", "|", ";", "\t")
FINEST = ("cell", "block", "dong", "gu")
"""Kinds of units; a file that has codes of several is read by the first of these."""
FOREIGNERS, WEEKDAY = "중국인체류인구수", "요일"
Names = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """One kind of file: which columns to read, under any of their names (upper case, without blanks).

    Attributes
    ----------
    unit_kind : "cell", "block", "dong" or "gu"
    day : YYYYMMDD, or with `monthly` YYYYMM: then a row is an hour of the month's typical day
    hour : 0–23; empty where a row is a whole day: then `values` are 24 columns, hours 0–23
    codes : the columns that together name the place of a row, each with the kind of code it holds
    values : the columns that are added up to the people of a row (24 of them: see `hour`)
    bands : pattern of further columns that are added up; people by age and sex
    groups : columns by which the people of a place and hour are split into rows; a file may lack any of them
    """

    name: str
    unit_kind: str
    day: Names
    hour: Names
    codes: tuple[tuple[str, Names], ...]
    values: tuple[Names, ...] = ()
    bands: str = ""
    groups: tuple[Names, ...] = ()
    monthly: bool = False

    def columns(self) -> list[Names]:
        """Return the columns that a file must have, in the order day, hour, codes, values."""
        hour = [self.hour] if self.hour else []
        return [self.day, *hour, *(names for _, names in self.codes), *self.values]

    def kinds(self) -> tuple[str, ...]:
        """Return what each code, and then each group, of a place holds."""
        return (*(kind for kind, _ in self.codes), *["group"] * len(self.groups))


@dataclass(frozen=True)
class Match:
    """A header that was recognised: the layout, the separator, and where its columns are.

    Columns come in the order day, hour, codes, groups, values. `codes` says which of ``layout.kinds()`` the codes
    and groups are. `width` counts the header's columns without empty ones at the end.
    """

    layout: Layout
    separator: str
    positions: tuple[int, ...]
    names: tuple[str, ...]
    codes: tuple[int, ...]
    width: int


def recognise(header: str, layouts: Sequence[Layout], file: str, line: int | None) -> Match:
    """Return the layout whose columns the header line has.

    Raises
    ------
    PopulationRefused
        None has, or two that count different people; a column is there twice.
    """
    for separator in SEPARATORS:
        names = header_names(header, separator)
        found = [match for layout in layouts if (match := _match(layout, names, separator))]
        if found:
            best = _finest(found, file, line)
            if FOREIGNERS in names:
                raise PopulationRefused("counts foreigners only", file=file, line=line, field=FOREIGNERS)
            if best.layout.monthly and any(name.startswith(WEEKDAY) for name in names):
                raise PopulationRefused(
                    "tells the weekdays of a month apart; only a month's typical day or single days are read",
                    file=file,
                    line=line,
                    field=WEEKDAY,
                )
            for at, name in zip(best.positions, best.names, strict=True):
                again = [n for n, other in enumerate(names) if other in _aliases(best.layout, name)]
                if again != [at]:
                    said = ", ".join(names[n] for n in again)
                    raise PopulationRefused(
                        f"ambiguous: {len(again)} columns fit ({said})", file=file, line=line, field=name
                    )
            return best
    name, lacking = _nearest(header, layouts)
    shown = header if len(header) <= 120 else f"{header[:120]}…"
    raise PopulationRefused(
        f"no known layout; nearest is {name}, without {', '.join(lacking)} (header: {shown})",
        file=file,
        line=line,
        field=lacking[0] if lacking else None,
    )


def header_names(header: str, separator: str) -> list[str]:
    """Return the column names: no quotes or blanks, no rest of a byte-order mark, no empty ones at the end."""
    cells = next(csv.reader([header.lstrip("\ufeff?")], delimiter=separator), [])
    names = [re.sub(r"[\s\"'\ufeff]", "", cell).upper() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _match(layout: Layout, names: list[str], separator: str) -> Match | None:
    def place(wanted: Names) -> int:
        return next((names.index(name) for name in wanted if name in names), -1)

    required = [place(wanted) for wanted in layout.columns()]
    bands = [at for at, name in enumerate(names) if layout.bands and re.fullmatch(layout.bands, name)]
    if -1 in required or (layout.bands and not layout.values and not bands):
        return None
    groups = [place(wanted) for wanted in layout.groups]
    codes = (*range(len(layout.codes)), *(len(layout.codes) + n for n, at in enumerate(groups) if at >= 0))
    first = (2 if layout.hour else 1) + len(layout.codes)
    positions = (*required[:first], *(at for at in groups if at >= 0), *required[first:], *bands)
    return Match(layout, separator, positions, tuple(names[at] for at in positions), codes, len(names))


def _finest(found: list[Match], file: str, line: int | None) -> Match:
    """Return the match that reads most; refuse two that would not count the same people."""
    columns = [set(match.positions) for match in found]
    most = [match for match, has in zip(found, columns, strict=True) if not any(has < other for other in columns)]
    counted = {match.names[-1] for match in most}
    if len(counted) > 1:
        said = " and ".join(f"{match.layout.name} ({match.names[-1]})" for match in most)
        raise PopulationRefused(f"ambiguous: the header fits {said}", file=file, line=line)
    return min(most, key=lambda match: FINEST.index(match.layout.unit_kind))


def _aliases(layout: Layout, name: str) -> Names:
    """Return all names of the column that is called `name` in this file."""
    return next((names for names in (*layout.columns(), *layout.groups) if name in names), (name,))


def _nearest(header: str, layouts: Sequence[Layout]) -> tuple[str, Sequence[str]]:
    """Return the layout that the header comes nearest to, and the columns it lacks."""
    best: tuple[float, str, list[str]] = (-1.0, "", [])
    for separator in SEPARATORS:
        names = header_names(header, separator)
        for layout in layouts:
            columns = layout.columns()
            lacking = [wanted[0] for wanted in columns if not set(wanted) & set(names)]
            if layout.bands and not layout.values and not any(re.fullmatch(layout.bands, name) for name in names):
                lacking.append(f"columns by age and sex ({layout.bands})")
            share = 1 - len(lacking) / (len(columns) + bool(layout.bands))
            if share > best[0]:
                best = (share, layout.name, lacking)
    return best[1], best[2]
