"""What stays of results, plans and reports: runs come at any pace, so what people go back to is kept by days."""

import os
import shutil
from collections.abc import Collection
from itertools import groupby
from pathlib import Path

from .files import read_json
from .runs import RUN
from .settings import Watched

DAYS = 28
"""Days with plans, and with reports, that stay: four weeks where there are some every day."""
DAY = 8
"""Letters of a run's name that are its day in Korea."""


def keep_newest(watched: Watched, shown: Collection[str | None]) -> None:
    """Remove older runs, but none of `shown`, and no result that a plan or a report that stays tells of.

    Plans stay for the newest days that have some, for a team may work by any of them; of the reports of such a day
    the last stay. Folders that a person named stay.
    """
    _remove(watched.plans, _of_newest_days(watched.plans))
    used = {_result_of(plan) for plan in watched.plans.iterdir()}
    if watched.reports is not None:
        _remove(watched.reports, {*_last_of_newest_days(watched.reports), *shown})
        used |= set(_runs(watched.reports))
    _remove(watched.results, {*_runs(watched.results)[-watched.keep :], *used, *shown})


def _of_newest_days(folder: Path) -> set[str]:
    runs = _runs(folder)
    days = sorted({name[:DAY] for name in runs})[-DAYS:]
    return {name for name in runs if name[:DAY] in days}


def _last_of_newest_days(folder: Path) -> list[str]:
    return [max(runs) for _, runs in groupby(_runs(folder), key=lambda name: name[:DAY])][-DAYS:]


def _result_of(plan: Path) -> str:
    return str((read_json(plan / "plan.json") or {}).get("result"))


def _runs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if RUN.fullmatch(path.name) and path.is_dir())


def _remove(folder: Path, stay: Collection[str | None]) -> None:
    for name in _runs(folder):
        if name not in stay:
            going = folder / f".going-{name}"
            os.rename(folder / name, going)
            shutil.rmtree(going, ignore_errors=True)
