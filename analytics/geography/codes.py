"""Which coding system, and which vintage, a set of unit codes is of. Tables: analytics/data, docs/geography.md."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from .grid import NAME

DATA = Path(__file__).resolve().parents[1] / "data"
SYSTEMS = {  # pattern, its column in the tables; in order of preference where codes would fit several
    "legal8": (r"\d{5}1\d{2}", "mois"),
    "legal10": (r"\d{5}1\d{4}", "mois"),
    "mois8": (r"\d{8}", "mois"),
    "mois10": (r"\d{8}00", "mois"),
    "kostat7": (r"\d{7}", "kostat"),
    "kostat8": (r"\d{7}0", "kostat"),
    "district": (r"\d{5}", "mois"),
    "block": (r"\d{13,14}", "kostat"),
    "cell": (NAME.pattern, ""),
}
"""행정안전부 and 통계청 administrative dongs, legal dongs (법정동, third part 1xx), 시군구, output areas, grid
cells."""
DONGS = ("mois8", "mois10", "kostat7", "kostat8")
KINDS = dict.fromkeys(DONGS, "dong") | {"district": "gu", "block": "block", "cell": "cell"}


@dataclass(frozen=True)
class Coding:
    """What a set of codes is.

    `system`: a key of SYSTEMS, or "" if the codes are of none or of several. `since`, `until`: the vintage that
    agrees best, [since, until); None: as far as the tables go. `known`: how many codes the table of dongs has;
    `not_then`: known ones that were not valid in that vintage; `absent`: valid ones of the same districts that
    are not among them.
    """

    system: str
    since: date | None
    until: date | None
    known: int
    not_then: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return "dong", "gu", "block", "cell", or "" where the codes do not tell."""
        return KINDS.get(self.system, "")

    @property
    def day(self) -> date:
        """Return a day of the vintage: its last one, or its first where it still lasts."""
        if self.until is not None:
            return date.fromordinal(self.until.toordinal() - 1)
        return self.since or FIRST_DAY

    def as_dict(self) -> dict[str, object]:
        """Return system and vintage for summary.json."""
        told = {"since": self.since, "until": self.until}
        return {"system": self.system} | {name: day and day.isoformat() for name, day in told.items()}


NEARLY_ALL = 0.8
FIRST_DAY = date(2018, 1, 1)
"""The tables hold every dong of their districts from this day on."""


@lru_cache
def dongs() -> pd.DataFrame:
    """Return the table of administrative dongs: mois, kostat (may be empty), name, valid_from, valid_until, …."""
    table = pd.read_csv(DATA / "dongs.csv", dtype="str", keep_default_na=False)
    return table.assign(district=table["mois"].str[:5])


@lru_cache
def districts() -> pd.DataFrame:
    """Return the table of 시군구: mois, kostat (may be empty), name, and bounds in degrees."""
    text = dict.fromkeys(("mois", "kostat", "name", "source"), "str")
    return pd.read_csv(DATA / "districts.csv", dtype=text, keep_default_na=False)


def valid_on(table: pd.DataFrame, day: date) -> pd.Series:
    """Return which dongs there were on a day."""
    text = day.isoformat()
    return (table["valid_from"] <= text) & ((table["valid_until"] == "") | (table["valid_until"] > text))


def canonical(codes: Collection[str], system: str) -> pd.Index:
    """Return MOIS codes with eight, KOSTAT codes with seven digits; others as they are."""
    index = pd.Index([str(code) for code in codes], dtype="str")
    length = {"mois10": 8, "kostat8": 7}.get(system)
    return index.str[:length] if length else index


def column_of(system: str) -> str:
    """Return the column of the tables that holds codes of a system: "mois", "kostat", or "" for none."""
    return SYSTEMS[system][1] if system in SYSTEMS else ""


def detect(codes: Collection[str]) -> Coding:
    """Return the coding system that all codes can be of and most are known in, and the vintage they agree with
    best.

    The vintage has the fewest codes that were not valid then, plus dongs of the same districts that are not
    among the codes. Codes of which the tables know none have no vintage; their system is told by length and
    district.
    """
    text = pd.Series(sorted({str(code) for code in codes}), dtype="str")
    fits = [name for name, (pattern, _) in SYSTEMS.items() if len(text) and _all(pattern, text)]
    if not fits:
        return Coding("", None, None, 0, (), ())
    system = max(fits, key=lambda name: (*_familiar(text, name), -fits.index(name)))
    if system not in DONGS:
        return Coding(system, None, None, 0, (), ())
    column = column_of(system)
    table = dongs()
    short = canonical(text, system)
    known = short.isin(table[column])
    there = table[table["district"].isin(table.loc[table[column].isin(short), "district"])]
    there = there[there[column] != ""]
    since, until = _vintage(there, column, set(short[known]))
    then = set(there.loc[valid_on(there, since or FIRST_DAY), column])
    return Coding(
        system,
        since,
        until,
        int(known.sum()),
        tuple(sorted(set(short[known]) - then)),
        tuple(sorted(then - set(short))),
    )


def _all(pattern: str, text: pd.Series) -> bool:
    match = re.compile(pattern, re.ASCII).fullmatch
    return all(match(code) for code in text)


def _familiar(text: pd.Series, system: str) -> tuple[float, float]:
    """Return which share of the codes are dongs of the table, and which lie in a district of the table."""
    column = column_of(system)
    if not column:
        return 0.0, 0.0
    short = canonical(text, system)
    known = short.isin(dongs()[column]).mean() if system in DONGS else 0.0
    return float(known), float(short.str[:5].isin(districts()[column]).mean())


def _vintage(there: pd.DataFrame, column: str, codes: set[str]) -> tuple[date | None, date | None]:
    """Return the first and the day after the last of the days that agree best with the codes.

    A dong that is not among them tells something only where nearly all of its district are.
    """
    turns = {*there["valid_from"], *there["valid_until"]} - {""}
    starts = [FIRST_DAY, *sorted(date.fromisoformat(day) for day in turns if day > FIRST_DAY.isoformat())]
    whole = _complete(there, column, codes)
    then = [there[valid_on(there, day)] for day in starts]
    wrong = [
        len(codes - set(on[column])) + len(set(on.loc[on["district"].isin(whole), column]) - codes) for on in then
    ]
    best = [number for number, count in enumerate(wrong) if count == min(wrong)]
    last = best[0]
    while last + 1 in best:
        last += 1
    since = starts[best[0]] if best[0] else None
    return since, (starts[last + 1] if last + 1 < len(starts) else None)


def _complete(there: pd.DataFrame, column: str, codes: set[str]) -> list[str]:
    """Return the districts of which NEARLY_ALL of the dongs since FIRST_DAY are among the codes."""
    share = there[column].isin(codes).groupby(there["district"]).mean()
    return list(share.index[share >= NEARLY_ALL])
