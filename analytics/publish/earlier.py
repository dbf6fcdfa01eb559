"""Public folders that were made before: read and verified."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ..refusals import OutputRefused
from .counts import MEASURES
from .tables import ALL
from .told_days import ToldDay, told_in
from .unlogged import UNLOGGED

HOURS = "public_hours.csv"
"""Which a publication of an earlier analytics does not have."""


@dataclass(frozen=True)
class Publication:
    """A public folder.

    Attributes
    ----------
    told, package : public.json and datapackage.json
    rows, hours : those of public.csv and public_hours.csv, days as dates, counts and shares Int64
    """

    folder: Path
    told: dict[str, object]
    package: dict[str, object]
    rows: pd.DataFrame
    hours: pd.DataFrame

    def told_days(self) -> Iterator[ToldDay]:
        """Give all that it tells, a measure and day each."""
        made = (
            str(self.folder),
            int(self.told["k"]),
            frozenset(str(dong["dong_code"]) for dong in self.told["dongs"]),
        )
        yield from told_in(self.rows, MEASURES, *made)
        yield from told_in(self.hours, [UNLOGGED], *made)


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
    return Publication(folder, told, package, read_rows(folder / "public.csv"), read_hours(folder / HOURS))


def read_rows(path: Path) -> pd.DataFrame:
    """Return the rows of a public.csv."""
    return _read(path, MEASURES)


def read_hours(path: Path) -> pd.DataFrame:
    """Return the rows of a public_hours.csv, of all categories; none where it is not there."""
    if not path.is_file():
        return pd.DataFrame(columns=["day", "dong_code", "category", UNLOGGED, f"{UNLOGGED}_status"])
    return _read(path, [UNLOGGED]).assign(category=ALL)


def _read(path: Path, measures: Sequence[str]) -> pd.DataFrame:
    rows = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    counts = {name: pd.array([int(text) if text else pd.NA for text in rows[name]], "Int64") for name in measures}
    return rows.assign(day=[date.fromisoformat(day) for day in rows["day"]], **counts)
