"""An extract of a small log, and its rows read by csv and gzip alone: shared by the tests of the extract."""

import csv
import gzip
from datetime import date, datetime
from pathlib import Path

import pytest

from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.hotspots.extract import Extract, write_extract
from tests.usecases.small_log import SmallLog, at, pid, small_log

PERIOD = {"as_of": at("20 12:00"), "start": at("13 00:00"), "end": at("15 00:00")}


@pytest.fixture
def log(tmp_path):
    with small_log(tmp_path / "var", at("20 12:00")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "out" / "extract"


def extract(log: SmallLog, folder: Path, **facts: datetime) -> Extract:
    return write_extract(log.services, folder, **{**PERIOD, **facts})


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    stored = (folder / name).read_bytes()
    text = (gzip.decompress(stored) if name.endswith(".gz") else stored).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def hours(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return every row of facility_hours by (facility, "13 19:00")."""
    found = {}
    for path in sorted((folder / "facility_hours").iterdir()):
        for row in rows(folder, f"facility_hours/{path.name}"):
            hour = datetime.fromisoformat(row["hour"])
            assert path.name == f"{hour:%Y-%m-%d}.csv.gz"
            assert (row["facility_id"], f"{hour:%d %H:%M}") not in found
            found[row["facility_id"], f"{hour:%d %H:%M}"] = row
    return found


def case(log: SmallLog, number: str, *passes: int, now: str = "18 09:00", **facts: object) -> None:
    given = {"onset": date(2020, 8, 14), "specimen_date": None, "places": [], **facts}
    register_case(log.services, number=number, passes=[pid(who) for who in passes], now=at(now), **given)
