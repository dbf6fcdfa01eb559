"""Reads an extract, which the entry log or a published route list gives, and verifies it (contract/extract.json).

A folder is read only if it is exactly what its ``datapackage.json`` says: every file with its rows, bytes and
SHA-256, every column with its type and constraints, every key once, every facility known.
"""

import gzip
import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd

from .extract_checks import check_door_counts, check_hours, check_visits
from .refusals import ExtractRefused
from .tables import moment, parse_table

SCHEMAS = Path(__file__).resolve().parent.parent / "contract"
PACKAGE = "datapackage.json"
DOOR_COUNTS = "door_counts.csv"
"""The one file that may lie in the folder without being listed: people count it, the log does not write it."""
DAY = r"(\d{4}-\d{2}-\d{2})"


@dataclass(frozen=True)
class Extract:
    """One extract, verified. `facility_hours` is None in profile ``routes``; [start, end) is what it covers.

    `door_counts` is None where nobody counted.

    Frames have the contract's columns: codes as text, times in Asia/Seoul, whole numbers nullable unless required.
    `as_of` is the time whose knowledge it holds. `package` is the whole datapackage.json.
    """

    facilities: pd.DataFrame
    facility_hours: pd.DataFrame | None
    index_visits: pd.DataFrame
    profile: str
    as_of: datetime
    start: datetime
    end: datetime
    package: dict
    door_counts: pd.DataFrame | None = None


@cache
def contract(name: str) -> dict:
    """Return contract/<name>.json."""
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def read_extract(folder: Path | str) -> Extract:
    """Return the extract in the folder, verified.

    Raises
    ------
    ExtractRefused
        The folder does not hold what its datapackage.json lists, or a table breaks the contract; names the file,
        and the line and field where there is one.
    """
    folder = Path(folder)
    package = _package(folder)
    times = {name: _time(package, name) for name in ("as_of", "start", "end")}
    if times["start"] >= times["end"]:
        raise ExtractRefused("not after start", file=PACKAGE, field="end")
    listed = _listed(folder, package)
    later = _version(package)[1] > _version(contract("extract"))[1]
    frames: dict[str, list] = {name: [] for name in contract("extract")["tables"]}
    for path, (table, day, resource) in sorted(listed.items()):
        schema = contract("extract")["tables"][table]["schema"]
        frame, lines = parse_table(path, _verified(folder, path, resource), schema, more_columns=later)
        if len(frame) != resource.get("rows"):
            words = f"{len(frame)} rows, where {PACKAGE} says {resource.get('rows')}"
            raise ExtractRefused(words, file=path)
        frames[table].append((path, day, frame, lines))
    facilities = frames["facilities"][0][2]
    known = set(facilities["facility_id"])
    for part in frames["facility_hours"]:
        check_hours(*part, known)
    path, _, visits, lines = frames["index_visits"][0]
    check_visits(path, visits, lines, known, times["as_of"])
    hours = [frame for _, _, frame, _ in frames["facility_hours"]]
    joined = pd.concat(hours, ignore_index=True) if hours else None
    counted = None
    if (folder / DOOR_COUNTS).is_file():
        counted = parse_door_counts(DOOR_COUNTS, (folder / DOOR_COUNTS).read_bytes(), known)
    return Extract(facilities, joined, visits, package["profile"], **times, package=package, door_counts=counted)


def parse_door_counts(label: str, content: bytes, known: set[str]) -> pd.DataFrame:
    """Return door counts (`facility_id`, `hour`, `counted`), or refuse them naming label, line and field."""
    counts, lines = parse_table(label, content, contract("extract")["tables"]["door_counts"]["schema"])
    check_door_counts(label, counts, lines, known)
    return counts


def _package(folder: Path) -> dict:
    try:
        package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
    except OSError as error:
        raise ExtractRefused(f"{folder} is no extract ({error.strerror})", file=PACKAGE) from error
    except ValueError as error:
        raise ExtractRefused(f"not JSON ({error})", file=PACKAGE) from error
    if not isinstance(package, dict) or package.get("name") != "extract":
        raise ExtractRefused("not an extract", file=PACKAGE, field="name")
    if _version(package)[0] != _version(contract("extract"))[0]:
        ours = contract("extract")["schema_version"]
        words = f"'{package.get('schema_version')}' cannot be read; this program reads {ours}"
        raise ExtractRefused(words, file=PACKAGE, field="schema_version")
    if package.get("profile") not in contract("extract")["profiles"]:
        raise ExtractRefused(f"'{package.get('profile')}' is no profile", file=PACKAGE, field="profile")
    return package


def _version(package: dict) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)\.(\d+)", str(package.get("schema_version")))
    return (int(found[1]), int(found[2])) if found else (-1, -1)


def _time(package: dict, name: str) -> datetime:
    try:
        return moment(package.get(name))
    except ValueError as error:
        raise ExtractRefused(str(error), file=PACKAGE, field=name) from error


def _listed(folder: Path, package: dict) -> dict[str, tuple[str, str, dict]]:
    """Return the listed files by path: table, day (or ""), entry; each is known, there and listed once."""
    tables = contract("extract")["tables"]
    listed: dict[str, tuple[str, str, dict]] = {}
    resources = package.get("resources")
    if not isinstance(resources, list) or not all(isinstance(entry, dict) for entry in resources):
        raise ExtractRefused("not a list of files", file=PACKAGE, field="resources")
    for entry in resources:
        path = str(entry.get("path"))
        for name, table in tables.items():
            found = re.fullmatch(re.escape(table["path"]).replace(r"\{day\}", DAY), path)
            if found and path not in listed:
                listed[path] = (name, found[1] if found.groups() else "", entry)
                break
        else:
            words = f"{path} is there twice" if path in listed else f"{path} is no file of the contract"
            raise ExtractRefused(words, file=PACKAGE, field="resources")
    present = {table for table, _, _ in listed.values()}
    for name, table in tables.items():
        if (
            name not in present
            and not table.get("optional")
            and (table["required"] or package["profile"] == "log")
        ):
            raise ExtractRefused(f"{name} is not listed", file=PACKAGE, field="resources")
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()} - {PACKAGE}
    for path in sorted((there ^ set(listed)) - (there & {DOOR_COUNTS})):
        raise ExtractRefused(f"not listed in {PACKAGE}" if path in there else "listed, but not there", file=path)
    return listed


def _verified(folder: Path, path: str, entry: dict) -> bytes:
    raw = (folder / path).read_bytes()
    if len(raw) != entry.get("bytes"):
        raise ExtractRefused(f"{len(raw)} bytes, where {PACKAGE} says {entry.get('bytes')}", file=path)
    if f"sha256:{hashlib.sha256(raw).hexdigest()}" != entry.get("hash"):
        raise ExtractRefused(f"its content is not what {PACKAGE} vouches for (SHA-256 differs)", file=path)
    try:
        return gzip.decompress(raw) if path.endswith(".gz") else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ExtractRefused(f"cannot be unpacked ({error})", file=path) from error
