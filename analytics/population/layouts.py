"""The layouts of population files, recognised by their header line and never by the file's name.

Sources: Seoul Open Data Plaza OA-14991 (dong), OA-14979 (block), OA-22784 (250 m grid), API SPOP_LOCAL_RESD_DONG;
SKT big-data contest, table FLOW_TIME. What surprises in them is told in docs/data.md.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

SEPARATORS = (",", "|", ";", "\t")

Names = tuple[str, ...]
DAY: Names = ("기준일ID", "YMD", "STDR_DE_ID")
HOUR: Names = ("시간대구분", "TT", "TMZON_PD_SE")
DONG: Names = ("행정동코드", "H_DNG_CD", "ADSTRD_CODE_SE")
BLOCK: Names = ("집계구코드", "TOT_REG_CD")
TOTAL: Names = ("총생활인구수", "SPOP", "TOT_LVPOP_CO")


@dataclass(frozen=True)
class Layout:
    """One kind of file: which columns to read, under any of their names.

    `codes` are the columns that together name the place of a row, each with the kind of code it holds; the last
    one is the unit. `hour` is empty where a row is a whole day; then `values` are 24 columns, hours 0–23.
    """

    name: str
    unit_kind: str
    day: Names
    hour: Names
    codes: tuple[tuple[str, Names], ...]
    values: tuple[Names, ...]

    def columns(self) -> list[Names]:
        """Return all columns in the order day, hour, codes, values."""
        hour = [self.hour] if self.hour else []
        return [self.day, *hour, *(names for _, names in self.codes), *self.values]


LAYOUTS = (  # a layout with more columns stands before one whose columns it also has
    Layout(
        "seoul_grid",
        "cell",
        ("일자",),
        ("시간",),
        (("dong", ("행정동코드",)), ("cell", ("250M격자",))),
        (("생활인구합계",),),
    ),
    Layout("seoul_block", "block", DAY, HOUR, (("dong", DONG), ("block", BLOCK)), (TOTAL,)),
    Layout("seoul_dong", "dong", DAY, HOUR, (("dong", DONG),), (TOTAL,)),
    Layout("seoul_gu", "gu", DAY, HOUR, (("gu", ("자치구코드", "SIGNGU_CODE_SE")),), (TOTAL,)),
    Layout(
        "skt_flow_time",
        "dong",
        ("STD_YMD",),
        (),
        (("dong", ("HDONG_CD",)),),
        tuple((f"TMST_{hour:02d}",) for hour in range(24)),
    ),
)


@dataclass(frozen=True)
class Match:
    """A header that was recognised: the layout, the separator, and where its columns are.

    `positions` and `names` follow ``layout.columns()``; `width` counts the columns without empty ones at the end.
    """

    layout: Layout
    separator: str
    positions: tuple[int, ...]
    names: tuple[str, ...]
    width: int


def recognise(header: str) -> Match | None:
    """Return the layout whose columns the header line has, or None."""
    for separator in SEPARATORS:
        names = header_names(header, separator)
        for layout in LAYOUTS:
            found = [[names.index(name) for name in wanted if name in names] for wanted in layout.columns()]
            if all(found):
                positions = tuple(places[0] for places in found)
                return Match(layout, separator, positions, tuple(names[p] for p in positions), len(names))
    return None


def header_names(header: str, separator: str) -> list[str]:
    """Return the column names: no quotes or spaces, no rest of a byte-order mark, no empty ones at the end."""
    cells = next(csv.reader([header.lstrip("\ufeff?")], delimiter=separator), [])
    names = [re.sub(r"[\s\"'\ufeff]", "", cell).upper() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def missing_columns(header: str) -> tuple[str, Sequence[str]]:
    """Return the layout that the header comes nearest to, and the columns it lacks."""
    best: tuple[float, str, list[str]] = (-1.0, "", [])
    for separator in SEPARATORS:
        names = header_names(header, separator)
        for layout in LAYOUTS:
            columns = layout.columns()
            lacking = [wanted[0] for wanted in columns if not set(wanted) & set(names)]
            share = 1 - len(lacking) / len(columns)
            if share > best[0]:
                best = (share, layout.name, lacking)
    return best[1], best[2]
