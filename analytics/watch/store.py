"""Accepted population files: one folder a file, named by its days; a file goes once newer ones have all it has.

Files are kept as they came. Where two have the same places and hours in part, both stay and the newer one is read
first: of a place and hour that comes twice, `read_population` keeps the first.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import chain, count
from pathlib import Path

from .extent import EXTENT, Extent
from .files import read_json, write_json

FACTS = "file.json"
OURS = (FACTS, f".{FACTS}.new", EXTENT)
DRAFT = ".new-"
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One accepted file: its folder and name, when it was received (ISO 8601), its days and layout."""

    folder: str
    file: str
    received: str
    days: tuple[str, ...]
    layout: str
    size: int
    sha256: str


class PopulationStore:
    """The folder of accepted files."""

    def __init__(self, folder: Path) -> None:
        """Use the folder, which is made where it is missing."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def all(self) -> list[Stored]:
        """Return what is stored, the newest received first."""
        found = [self._read(path) for path in sorted(self.folder.iterdir()) if not path.name.startswith(".")]
        return sorted(filter(None, found), key=lambda one: (one.received, one.folder), reverse=True)

    def paths(self) -> list[Path]:
        """Return the files as they are to be read, the newest first."""
        return [self.folder / one.folder / one.file for one in self.all()]

    def fingerprint(self) -> str:
        """Return what changes when the content of the store does."""
        said = "\n".join(f"{one.folder} {one.sha256}" for one in self.all())
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def add(self, path: Path, days: tuple[date, ...], extent: Extent, layout: str, received: datetime) -> Stored:
        """Take a file in, and let go what it replaces. Killed in between, `give_back` finds the file again."""
        digest, size = sha256_of(path), path.stat().st_size
        span = "_".join(dict.fromkeys((days[0].isoformat(), days[-1].isoformat())))
        name = f"{span}-{received:%Y%m%dT%H%M%S}-{digest[:8]}"
        draft = self.folder / f"{DRAFT}{name}"
        draft.mkdir(mode=0o700)
        shutil.move(path, draft / path.name)
        stored = Stored(
            folder=name,
            file=path.name,
            received=received.isoformat(),
            days=tuple(day.isoformat() for day in days),
            layout=layout,
            size=size,
            sha256=digest,
        )
        extent.save(draft)
        write_json(draft / FACTS, asdict(stored))
        os.rename(draft, self.folder / name)
        self._let_go_replaced_by(stored)
        return stored

    def _let_go_replaced_by(self, new: Stored) -> None:
        """Remove files that share a day with the new one and have nothing that newer files have not."""
        newer: list[Extent] = []
        for one in self.all():
            extent = Extent.load(self.folder / one.folder) if _shares_day(one, new) else None
            if extent is None:  # also a file that was taken before extents were kept: `keep_newest` ends it
                continue
            if one.folder != new.folder and extent.is_covered_by(newer):
                shutil.rmtree(self.folder / one.folder)
            else:
                newer.append(extent)

    def has(self, sha256: str) -> bool:
        """Say whether exactly this content is stored."""
        return any(one.sha256 == sha256 for one in self.all())

    def keep_newest(self, days: int, latest: date) -> None:
        """Remove files all of whose days lie `days` or more before the newest day that is not after `latest`."""
        ends = {one.folder: date.fromisoformat(one.days[-1]) for one in self.all()}
        newest = max((end for end in ends.values() if end <= latest), default=None)
        for folder, end in ends.items():
            if newest is not None and end <= newest - timedelta(days=days):
                shutil.rmtree(self.folder / folder)

    def give_back(self, inbox: Path, tell: Callable[[str], None]) -> None:
        """Move back into the inbox what a kill left half taken, and what was still written when it was taken."""
        left = [path for path in self.folder.glob(f"{DRAFT}*") if path.is_dir()]
        left += [self.folder / one.folder for one in self.all() if self._grew(one)]
        for folder in left:
            for file in sorted(folder.iterdir()):
                if file.name not in OURS and not _is_begun_copy(file, inbox / file.name):
                    shutil.move(file, _free(inbox / file.name))
                    tell(f"{file.name}: was not taken whole, is looked at again")
            shutil.rmtree(folder)

    def _grew(self, stored: Stored) -> bool:
        return (self.folder / stored.folder / stored.file).stat().st_size != stored.size

    def _read(self, path: Path) -> Stored | None:
        said = read_json(path / FACTS)
        try:
            stored = Stored(**{**said, "days": tuple(said["days"])}) if said else None
        except (KeyError, TypeError):
            return None
        return stored if stored and stored.days and (path / stored.file).is_file() else None


def _shares_day(one: Stored, other: Stored) -> bool:
    return not set(one.days).isdisjoint(other.days)


def _is_begun_copy(file: Path, original: Path) -> bool:
    """Say whether the original still lies in the inbox: from a share a file is copied before it is removed."""
    if not original.is_file() or original.stat().st_size < file.stat().st_size:
        return False
    with file.open("rb") as copied, original.open("rb") as whole:
        while chunk := copied.read(CHUNK):
            if whole.read(len(chunk)) != chunk:
                return False
    return True


def _free(path: Path) -> Path:
    """Return the path, or one beside it where something of that name has come meanwhile."""
    beside = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(one for one in chain([path], beside) if not one.exists())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
