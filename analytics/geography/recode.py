"""Codes of one system and day as those of another, with the share of each that goes where.

Changes of dongs are pieces of area that passed from a code to a code on a day (analytics/data/changes.csv), so
that the same rows give shares forwards (of the old dong) and backwards (of the new one). Shares are of *area*;
those of residents differ and are not published (docs/geography.md).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from ..refusals import UnitsRefused
from .codes import DATA, DONGS, canonical, column_of, dongs, valid_on


@dataclass(frozen=True)
class Recoding:
    """Where codes went.

    `table`: one row per pair, `code` (as given), `to`, `weight`: the share of `code` that goes to `to`, by area;
    the weights of a code add up to 1; NaN where the split is known, but not the areas. `joined`: codes that went
    somewhere; `lost`: those that did not; `split`: code → the codes it goes to; `merged`: code → the codes that
    come together in it.
    """

    table: pd.DataFrame
    joined: tuple[str, ...]
    lost: tuple[str, ...]
    split: dict[str, tuple[str, ...]]
    merged: dict[str, tuple[str, ...]]


def grouped(keys: Iterable[str], values: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the values of each key in the order given, keys sorted."""
    found: dict[str, list[str]] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(key, []).append(value)
    return {key: tuple(found[key]) for key in sorted(found)}


@lru_cache
def changes() -> pd.DataFrame:
    """Return the changes of dongs, in order of date: date, old, new, area_km2 (NaN: unknown, or the whole),
    what."""
    text = dict.fromkeys(("date", "old", "new", "what", "source"), "str")
    return pd.read_csv(DATA / "changes.csv", dtype=text).sort_values("date", kind="stable")


def recode(
    codes: Collection[str], *, given: str, wanted: str, on: date, wanted_on: date | None = None
) -> Recoding:
    """Return the codes of another coding system (`wanted`) or day (`wanted_on`) for these codes of dongs.

    Parameters
    ----------
    codes : codes of dongs, text
    given, wanted : "mois8", "mois10", "kostat7" or "kostat8"
    on, wanted_on : the day on which the codes are valid, and the day for which codes are wanted (default: the
    same)

    Raises
    ------
    UnitsRefused
        A system is none of these.
    """
    for system in (given, wanted):
        if system not in DONGS:
            raise UnitsRefused(f"{system} is no coding system of dongs: {', '.join(DONGS)}")
    own = pd.Index([str(code) for code in codes], dtype="str").unique()
    links = pd.DataFrame({"code": own, "to": canonical(own, given), "weight": 1.0})
    if column_of(given) == "kostat":
        links = _follow(links, _mois_of_kostat(on))
    links = _shift(links, on, wanted_on or on)
    if column_of(wanted) == "kostat":
        links = _follow(links, _kostat_of_mois())
    else:
        links = links[links["to"].isin(dongs()["mois"]) | (column_of(given) == "mois")]
    table = links.assign(to=links["to"] + {"mois10": "00", "kostat8": "0"}.get(wanted, "")).reset_index(drop=True)
    joined = own[own.isin(table["code"])]
    return Recoding(
        table,
        tuple(joined),
        tuple(own.difference(joined, sort=False)),
        _several(table, "code", "to"),
        _several(table, "to", "code"),
    )


def _several(table: pd.DataFrame, key: str, value: str) -> dict[str, tuple[str, ...]]:
    return {code: others for code, others in grouped(table[key], table[value]).items() if len(others) > 1}


def _follow(links: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return where the links lead after the steps (`at`, `next`, `share`); what has no step is lost."""
    led = links.merge(steps, left_on="to", right_on="at")
    led["weight"] = led["weight"] * led["share"]
    summed = led.groupby(["code", "next"], sort=False)["weight"].agg(lambda part: part.sum(skipna=False))
    return summed.reset_index().rename(columns={"next": "to"})


def _mois_of_kostat(on: date) -> pd.DataFrame:
    """Return MOIS codes of KOSTAT codes, each on a day: the dong of that day, else its later or earlier self."""
    table = dongs()[dongs()["kostat"] != ""]
    one = table.assign(then=valid_on(table, on)).sort_values("then", kind="stable")
    one = one.drop_duplicates("kostat", keep="last")
    steps = [
        _shift(
            pd.DataFrame({"code": [row.kostat], "to": [row.mois], "weight": [1.0]}),
            on if row.then else date.fromisoformat(row.valid_from),
            on,
        )
        for row in one[~one["then"]].itertuples()
    ]
    plain = one[one["then"]].rename(columns={"kostat": "code", "mois": "to"})[["code", "to"]].assign(weight=1.0)
    return pd.concat([plain, *steps]).rename(columns={"code": "at", "to": "next", "weight": "share"})


def _kostat_of_mois() -> pd.DataFrame:
    """Return KOSTAT codes of MOIS codes; a renumbered dong has that of its other number."""
    table = dongs()
    known = table.loc[table["kostat"] != "", ["mois", "kostat"]].rename(columns={"mois": "at", "kostat": "next"})
    pure = changes().groupby("date").apply(_renumbered, include_groups=False).reset_index(drop=True)
    other = pd.concat([pure, pure.rename(columns={"old": "new", "new": "old"})])
    other = other[~other["old"].isin(known["at"])].merge(known, left_on="new", right_on="at")
    other = other.assign(at=other["old"])[["at", "next"]]
    return pd.concat([known, other]).drop_duplicates("at").assign(share=1.0)


def _renumbered(day: pd.DataFrame) -> pd.DataFrame:
    alone = ~day["old"].duplicated(keep=False) & ~day["new"].duplicated(keep=False)
    return day.loc[alone, ["old", "new"]]


def _shift(links: pd.DataFrame, start: date, end: date) -> pd.DataFrame:
    """Return links to codes of day `start` as links to codes of day `end`."""
    forwards = end >= start
    early, late = sorted((start.isoformat(), end.isoformat()))
    between = changes()[(changes()["date"] > early) & (changes()["date"] <= late)]
    days = between["date"].unique()
    for day in days if forwards else days[::-1]:
        links = _follow(links, _steps(between[between["date"] == day], links["to"], forwards))
    return links


def _steps(day: pd.DataFrame, reached: pd.Series, forwards: bool) -> pd.DataFrame:
    """Return the steps of one day's changes, and a step to itself for every other code reached."""
    source, target = ("old", "new") if forwards else ("new", "old")
    alone = ~day[source].duplicated(keep=False)
    whole = day.groupby(source)["area_km2"].transform(lambda part: part.sum(skipna=False))
    share = np.where(alone, 1.0, day["area_km2"] / whole)
    moved = pd.DataFrame({"at": day[source], "next": day[target], "share": share})
    stays = reached[~reached.isin(moved["at"])].unique()
    return pd.concat([moved, pd.DataFrame({"at": stays, "next": stays, "share": 1.0})])
