"""What was published before, of days that a new publication tells of too: it stays exactly as it was.

A figure that came out once is never revised: the difference between two publications of one cell would be a small
count of its own (a late upload, a case found later), and a cell withheld in the one and told in the other could be
worked out from both. Tables of different days share no cell and no total. So whoever keeps every publication knows
no more of a day than the first one told.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ..refusals import OutputRefused
from .counts import MEASURES, Rules
from .rows import KEY, PUBLISHED, WITHHELD

FILES = ("public.json", "public.csv", "datapackage.json")


@dataclass(frozen=True)
class Publication:
    """A public folder: `told` is public.json; `rows` are those of public.csv, days as dates, counts Int64."""

    folder: Path
    told: dict[str, object]
    rows: pd.DataFrame


def is_public(folder: Path) -> bool:
    """Say whether a folder is a public result of ours."""
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") == "public" and "resources" in package


def read_publication(folder: Path) -> Publication:
    """Return the publication in a folder.

    Raises
    ------
    OutputRefused
        It is none, or a file is not what its datapackage.json vouches for.
    """
    if not is_public(folder):
        raise OutputRefused(f"{folder}: is no public result, so what was published there is not known")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for entry in package["resources"]:
        file = folder / entry["path"]
        if not file.is_file() or f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" != entry["hash"]:
            raise OutputRefused(f"{file}: is not what was published (SHA-256 differs)")
    told = json.loads((folder / "public.json").read_text(encoding="utf-8"))
    return Publication(folder, told, read_rows(folder / "public.csv"))


def read_rows(path: Path) -> pd.DataFrame:
    """Return the rows of a public.csv."""
    rows = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    counts = {name: pd.array([int(text) if text else pd.NA for text in rows[name]], "Int64") for name in MEASURES}
    return rows.assign(day=[date.fromisoformat(day) for day in rows["day"]], **counts)


def kept_tables(
    earlier: Iterable[Publication], days: list[date], rules: Rules, dongs: pd.Index
) -> dict[tuple[str, date], pd.DataFrame]:
    """Return what is out already: for each measure and day, count and status by (dong, category).

    Raises
    ------
    OutputRefused
        Earlier publications tell different things of one day, or were made with another k or other dongs: the
        sums of both together might tell what neither does.
    """
    kept: dict[tuple[str, date], pd.DataFrame] = {}
    for one in earlier:
        for measure, day in [(measure, day) for measure in MEASURES for day in days]:
            rows = one.rows[(one.rows["day"] == day) & one.rows[f"{measure}_status"].isin([PUBLISHED, WITHHELD])]
            if rows.empty:
                continue
            _assert_alike(one, rules, dongs)
            told = rows.set_index(KEY[1:])[[measure, f"{measure}_status"]].sort_index()
            if not told.equals(kept.setdefault((measure, day), told)):
                raise OutputRefused(
                    f"{one.folder}: and another earlier publication tell different things of {day}"
                )
    return kept


def _assert_alike(one: Publication, rules: Rules, dongs: pd.Index) -> None:
    theirs = {str(dong["dong_code"]) for dong in one.told["dongs"]}
    if one.told["k"] == rules.k and theirs == set(dongs):
        return
    why = f"has k = {one.told['k']}" if one.told["k"] != rules.k else "has other dongs"
    raise OutputRefused(
        f"{one.folder}: {why} and tells of the same days; what is out cannot be published in another way"
    )
