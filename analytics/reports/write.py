"""Writes the reports of a run: the same run gives the same bytes, times in them are those of the run."""

import json
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from ..folders import assert_can_be_made
from ..refusals import InputRefused, OutputRefused
from .daily import day_of
from .dongs import Dongs, dongs_of_run
from .html_daily import TITLE as DAILY_TITLE
from .html_daily import daily_html
from .html_weekly import TITLE as WEEKLY_TITLE
from .html_weekly import weekly_html
from .press import daily_png, weekly_png
from .reading import Run, read_run
from .sheets import write_workbook
from .tables import daily_csv, daily_sheets, weekly_csv, weekly_sheets, write_text
from .weekly import week_of

WEEKLY, DAILY = "weekly", "daily"
KINDS = (WEEKLY, DAILY)
PACKAGE = "datapackage.json"
ENDINGS = ("html", "xlsx", "csv", "png")


def write_reports(
    run: Path, out: Path, *, areas: Path | None = None, kinds: tuple[str, ...] = KINDS
) -> list[Path]:
    """Write the reports of a run into `out`; return the files, beside datapackage.json.

    Each file takes its name when it is whole; other files of `out` stay.

    Parameters
    ----------
    run : result folder of `hotspots`
    areas : boundaries of the dongs; None where the units of the run are dongs
    kinds : "weekly", "daily" or both

    Raises
    ------
    Refused
        One sentence: the run or the boundaries cannot be used, or `out` cannot be written.
    """
    if not set(kinds) <= set(KINDS):
        raise InputRefused(f"must be of {', '.join(KINDS)}, not {', '.join(kinds)}", field="kind")
    if out.is_file():
        raise OutputRefused(f"{out}: is a file; name a folder for the reports")
    assert_can_be_made(out)
    found = read_run(run)
    dongs = dongs_of_run(found, areas)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for kind in kinds:
            (_write_weekly if kind == WEEKLY else _write_daily)(work, found, dongs)
        _package(work, out, found.summary)
        made = [out / f"{kind}.{ending}" for kind in kinds for ending in ENDINGS]
        for path in (*made, out / PACKAGE):
            os.replace(work / path.name, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return made


def _package(work: Path, out: Path, summary: dict) -> None:
    """Write what the folder holds and covers: with the log of these days it is destroyed."""
    names = sorted({f"{kind}.{ending}" for kind in KINDS for ending in ENDINGS})
    files = [next((at / name for at in (work, out) if (at / name).is_file()), None) for name in names]
    resources = [
        {
            "path": path.name,
            "bytes": path.stat().st_size,
            "hash": f"sha256:{sha256(path.read_bytes()).hexdigest()}",
        }
        for path in files
        if path is not None
    ]
    same = {key: summary[key] for key in ("period", "as_of", "created", "seed", "code_version")}
    text = json.dumps({"name": "reports", **same, "resources": resources}, ensure_ascii=False, indent=1)
    (work / PACKAGE).write_text(text + "\n", encoding="utf-8")


def _write_weekly(folder: Path, run: Run, dongs: Dongs) -> None:
    week = week_of(run, dongs)
    write_text(folder / "weekly.html", weekly_html(run, dongs, week))
    write_text(folder / "weekly.csv", weekly_csv(dongs, week))
    write_workbook(folder / "weekly.xlsx", WEEKLY_TITLE, run.summary["created"], weekly_sheets(dongs, week))
    weekly_png(folder / "weekly.png", run, dongs, week)


def _write_daily(folder: Path, run: Run, dongs: Dongs) -> None:
    brief = day_of(run, dongs)
    write_text(folder / "daily.html", daily_html(run, dongs, brief))
    write_text(folder / "daily.csv", daily_csv(run, dongs))
    write_workbook(folder / "daily.xlsx", DAILY_TITLE, run.summary["created"], daily_sheets(run, dongs, brief))
    daily_png(folder / "daily.png", run, dongs, brief)
