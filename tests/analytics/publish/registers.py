"""Publications in a row, and what somebody knows who kept every one of them."""

from datetime import date

import pandas as pd

from analytics.publish.counts import MEASURES
from analytics.publish.earlier import read_rows
from analytics.publish.rows import PUBLISHED, WITHHELD
from analytics.publish.told_days import TOLD
from tests.analytics.town import make_town

KEY = ["day", "dong_code", "category"]


def town_of(folder, days: int, more: int = 0, seed: int = 5):
    """Write a town of so many days from the first; `more` entries are added to every hour that was logged."""
    town = make_town(seed, days=days, volume=0.3)
    visits = town.cases(120)
    town.entries = town.entries + more
    return town.write(folder, visits)


def told_ever(folders) -> dict[str, pd.DataFrame]:
    """Return for each measure every cell that any of the publications is out with: day, key, value, status."""
    found = {}
    for measure in MEASURES:
        rows = pd.concat([read_rows(folder / "public.csv") for folder in folders])
        rows = rows[rows[f"{measure}_status"].isin([PUBLISHED, WITHHELD])]
        found[measure] = rows[[*KEY, measure, f"{measure}_status"]].drop_duplicates()
    return found


def contradictions(told: dict[str, pd.DataFrame]) -> int:
    """Return how many cells were told in more than one way."""
    return sum(int(rows.duplicated(KEY).sum()) for rows in told.values())


def days_of(line: dict, measure: str) -> list[date]:
    assert measure in TOLD
    return sorted(date.fromisoformat(day) for day in line["new"][measure])
