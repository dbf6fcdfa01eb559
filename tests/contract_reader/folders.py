"""A small extract made in the tests, and ways to break it."""

import gzip
import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd

from analytics.contract import write_extract

KST = timezone(timedelta(hours=9))
HOURS = "facility_hours/2020-08-13.csv.gz"


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2020, 8, day, hour, tzinfo=KST)


def frames() -> dict:
    """Return two facilities, two days of hours, and two visits of one person."""
    facilities = pd.DataFrame(
        {
            "facility_id": ["GP-001", "PV-001"],
            "category": ["library", '노래방, "큰"'],
            "lon": [126.93, 126.94],
            "lat": [37.36, 37.35],
            "area_m2": [1200.5, None],
            "capacity": pd.array([300, None], "Int64"),
            "risk_score": pd.array([4, 12], "Int64"),
            "stage": pd.array([1, 2], "Int64"),
            "sensitive": [False, True],
        }
    )
    rows = [
        (facility, at(day, hour), *((None, None, 0, 0, None, "closed") if hour == 0 else (3, 61.5, 1, 1, 2, "")))
        for day in (13, 14)
        for facility in ("GP-001", "PV-001")
        for hour in (0, 9)
    ]
    names = [
        "facility_id",
        "hour",
        "entries",
        "person_minutes",
        "index_visits",
        "index_persons",
        "exposed",
        "missing",
    ]
    visits = [(7, "GP-001", at(13, 9), at(13, 10), at(15)), (7, "PV-001", at(13), at(14), at(15))]
    return {
        "facilities": facilities,
        "facility_hours": pd.DataFrame(rows, columns=names),
        "index_visits": pd.DataFrame(visits, columns=["ordinal", "facility_id", "start", "end", "known_at"]),
    }


def written(folder: Path, **changes) -> Path:
    facts = {"profile": "log", "as_of": at(16), "start": at(13), "end": at(15), "created": at(16)}
    return write_extract(folder, **{**frames(), **facts, "code_version": "test", **changes})


def change(folder: Path, name: str, old: str, new: str, *, vouched: bool = True) -> None:
    """Replace text in a file of the extract, and, if ``vouched``, list its new size, hash and rows."""
    raw = (folder / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    assert old in text
    raw = text.replace(old, new, 1).encode()
    rows = raw.count(b"\n") - 1
    raw = gzip.compress(raw) if name.endswith(".gz") else raw
    (folder / name).write_bytes(raw)
    if vouched:
        package = json.loads((folder / "datapackage.json").read_text())
        (entry,) = [entry for entry in package["resources"] if entry["path"] == name]
        entry |= {"bytes": len(raw), "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}", "rows": rows}
        (folder / "datapackage.json").write_text(json.dumps(package))


def edit(folder: Path, **facts) -> None:
    """Change facts of datapackage.json; None takes the fact away."""
    package = json.loads((folder / "datapackage.json").read_text()) | facts
    text = json.dumps({key: value for key, value in package.items() if value is not None})
    (folder / "datapackage.json").write_text(text)
