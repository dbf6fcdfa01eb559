"""Writes an extract as a folder of files: verified, readable by its owner alone, put in place in one step."""

import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from .extract_reading import PACKAGE, contract, read_extract
from .folders import assert_can_be_made, put_in_place
from .refusals import OutputRefused
from .tables import KST, format_table, time_text


def write_extract(
    folder: Path | str,
    *,
    facilities: pd.DataFrame,
    index_visits: pd.DataFrame,
    facility_hours: pd.DataFrame | None = None,
    profile: str,
    as_of: datetime,
    start: datetime,
    end: datetime,
    created: datetime,
    code_version: str,
    extra: Mapping[str, object] | None = None,
) -> Path:
    """Write an extract (folder 0700, files 0600) and return its folder; it appears whole or not at all.

    What was written is read back and verified first; then it takes the place of an earlier extract of that name.
    ``extra`` is added to datapackage.json. Times are aware; [start, end) is what the extract covers.

    Raises
    ------
    OutputRefused
        The folder cannot be made, or holds something that is not an extract.
    ExtractRefused
        The frames break the contract.
    """
    folder = Path(folder).absolute()
    _assert_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mode 0700
    try:
        tables = contract("extract")["tables"]
        resources = [_write(made, "facilities", tables["facilities"]["path"], facilities)]
        for day, rows in _by_day(facility_hours):
            path = tables["facility_hours"]["path"].replace("{day}", day)
            resources.append(_write(made, "facility_hours", path, rows))
        resources.append(_write(made, "index_visits", tables["index_visits"]["path"], index_visits))
        times = {"as_of": as_of, "start": start, "end": end, "created": created}
        package = {"name": "extract", "title": contract("extract")["title"], "profile": profile}
        package |= {"schema_version": contract("extract")["schema_version"], "code_version": code_version}
        package |= {name: time_text(at) for name, at in times.items()} | dict(extra or {})
        package["resources"] = resources
        _put(made / PACKAGE, json.dumps(package, ensure_ascii=False, indent=1).encode("utf-8"))
        read_extract(made)
        put_in_place(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder


def _assert_replaceable(folder: Path) -> None:
    assert_can_be_made(folder)
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        try:
            package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OutputRefused(
                f"{folder}: holds something that is not an extract; name another folder"
            ) from error
        if not isinstance(package, dict) or package.get("name") != "extract":
            raise OutputRefused(f"{folder}: holds another package; name another folder")


def _by_day(hours: pd.DataFrame | None) -> list[tuple[str, pd.DataFrame]]:
    if hours is None:
        return []
    day = hours["hour"].dt.tz_convert(KST).dt.strftime("%Y-%m-%d")
    return [(str(name), rows) for name, rows in hours.groupby(day, sort=True)]


def _write(folder: Path, table: str, path: str, frame: pd.DataFrame) -> dict:
    schema = contract("extract")["tables"][table]["schema"]
    content = format_table(frame, schema)
    packed = gzip.compress(content, mtime=0) if path.endswith(".gz") else content
    (folder / path).parent.mkdir(mode=0o700, exist_ok=True)
    _put(folder / path, packed)
    name = re.sub(r"\.csv(\.gz)?$", "", path).replace("/", "-")
    digest = hashlib.sha256(packed).hexdigest()
    entry = {"name": name, "path": path, "format": "csv", "encoding": "utf-8", "rows": len(frame)}
    return entry | {"bytes": len(packed), "hash": f"sha256:{digest}", "schema": schema}


def _put(file: Path, content: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(content)
