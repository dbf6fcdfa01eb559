"""The extract as a folder on disk: written beside its place, listed file by file, put there when complete.

Tables and columns are those of contract/extract.json; a column too many or too few is an error here, not there.
"""

import csv
import fcntl
import gzip
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from entry_service.core.errors import EntryError
from entry_service.core.times import KST
from entry_service.durable import sync_path

CONTRACT = Path(__file__).resolve().parents[3] / "contract" / "extract.json"
PACKAGE = "datapackage.json"
CHUNK = 1 << 20


class FolderRefused(EntryError):
    """The folder for the extract holds something else, or another extract is being written there."""

    status, code, sentence = (
        409,
        "folder_refused",
        "이 폴더에는 추출본이 아닌 파일이 있습니다. 빈 폴더나 새 이름을 정해 주시기 바랍니다.",
    )


def kst(at: datetime) -> str:
    """Return an aware datetime as the contract writes it, ``2020-08-01T19:00:00+09:00``."""
    return at.astimezone(KST).isoformat(timespec="seconds")


@dataclass(slots=True, kw_only=True)
class DayFile:
    """What datapackage.json says of a day beside its rows: what it was made of, and the totals in it."""

    day: date
    made_of: str
    rows: int = 0
    entries: int = 0
    missing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An extract that was written before: its folder, and what it says of its days' files by their hash."""

    folder: Path | None
    days: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path | None, *, before: datetime) -> "Earlier":
        """Return what can be taken over from a folder: nothing if it cannot be read or knows what came later."""
        nothing = cls(folder=None, days={})
        if folder is None:
            return nothing
        try:
            package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
            if datetime.fromisoformat(package["as_of"]) > before:
                return nothing
            return cls(
                folder=folder, days={one["made_of"]: one for one in package["resources"] if "made_of" in one}
            )
        except (OSError, ValueError, KeyError, TypeError):
            return nothing


class Folder:
    """A contract folder that is being written."""

    def __init__(self, path: Path) -> None:
        """Write into ``path``, an empty folder."""
        self.path = path
        self._contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
        self._resources: list[dict[str, Any]] = []

    def write(self, table: str, rows: Iterable[tuple[Any, ...]], **place: str) -> int:
        """Write one file of a table and return its number of rows.

        ``place`` fills the path's braces (``day``). ``None`` is an empty field; the caller gives columns in the
        order of the contract.
        """
        definition = self._contract["tables"][table]
        name = definition["path"].format(**place)
        path = self.path / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        columns = [field["name"] for field in definition["schema"]["fields"]]
        count = 0
        with _text(path) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                if len(row) != len(columns):
                    raise ValueError(f"{name}: {len(row)} values for {len(columns)} columns")
                writer.writerow(row)
                count += 1
        resource = {
            "name": "-".join([table, *place.values()]),
            "table": table,
            "path": name,
            "format": "csv",
            "encoding": "utf-8",
            "rows": count,
            "bytes": path.stat().st_size,
            "hash": f"sha256:{_sha256(path)}",
            "schema": definition["schema"],
        }
        if name.endswith(".gz"):
            resource["compression"] = "gz"
        self._resources.append(resource)
        return count

    def write_day(self, rows: Iterable[tuple[Any, ...]], file: DayFile) -> None:
        """Write a day of facility_hours; ``file`` has its totals when the rows are through."""
        self.write("facility_hours", rows, day=file.day.isoformat())
        self._resources[-1] |= {"made_of": file.made_of, "entries": file.entries, "missing": file.missing}

    def take_over(self, earlier: Earlier, day: date, made_of: str) -> DayFile | None:
        """Copy a day that an earlier extract made of the same; None where it has none such, or a damaged one."""
        known = earlier.days.get(made_of)
        if known is None or earlier.folder is None:
            return None
        definition = self._contract["tables"]["facility_hours"]
        name = definition["path"].format(day=day.isoformat())
        try:
            content = (earlier.folder / name).read_bytes()
            same = known["path"] == name and known["schema"] == definition["schema"]
            if not same or known["hash"] != f"sha256:{sha256(content).hexdigest()}":
                return None
            missing = {str(why): int(many) for why, many in known["missing"].items()}
            kept = DayFile(day=day, made_of=made_of, rows=known["rows"], entries=known["entries"], missing=missing)
        except (OSError, KeyError, TypeError, ValueError):
            return None
        path = self.path / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        self._resources.append(dict(known))
        return kept

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write datapackage.json and flush everything to disk."""
        head = {key: self._contract[key] for key in ("name", "title", "schema_version", "description")}
        listed = sorted(self._resources, key=lambda one: one["path"])
        package = {**head, **facts, "resources": listed}
        text = json.dumps(package, ensure_ascii=False, indent=1)
        with _text(self.path / PACKAGE) as file:
            file.write(text + "\n")
        for path in [*self.path.rglob("*"), self.path]:
            sync_path(path)


@contextmanager
def new_folder(target: Path) -> Iterator[Folder]:
    """Give a folder to write to, mode 0700; it takes the place of ``target`` only when the block ends well.

    Raises ``FolderRefused`` where ``target`` is something else than an extract, or is being written already.
    """
    _assert_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft, gone = (target.parent / f".{target.name}.{ending}" for ending in ("new", "old"))
    draft.mkdir(mode=0o700, exist_ok=True)
    held = os.open(draft, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise FolderRefused("이 폴더에 다른 추출이 진행되고 있습니다.") from busy
        for left in draft.iterdir():  # of a run that was interrupted
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        draft.chmod(0o700)
        try:
            yield Folder(draft)
        except BaseException:
            shutil.rmtree(draft)
            raise
        shutil.rmtree(gone, ignore_errors=True)
        if target.exists():
            target.rename(gone)
        draft.rename(target)
        sync_path(target.parent)
        shutil.rmtree(gone, ignore_errors=True)
    finally:
        os.close(held)


def _assert_replaceable(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise FolderRefused(path=str(target))
    found = target / PACKAGE
    if not found.exists():
        if any(target.iterdir()):
            raise FolderRefused(path=str(target))
        return
    try:
        is_extract = json.loads(found.read_text(encoding="utf-8"))["name"] == "extract"
    except (ValueError, KeyError, TypeError) as unreadable:
        raise FolderRefused(path=str(target)) from unreadable
    if not is_extract:
        raise FolderRefused(path=str(target))


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOBase]:
    """Open for writing, 0600, compressed where the name says so; the same rows make the same bytes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        if path.suffix != ".gz":
            with io.TextIOWrapper(raw, encoding="utf-8", newline="") as file:
                yield file
            return
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0)
        with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="") as file:
            yield file


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
