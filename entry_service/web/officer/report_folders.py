"""Reads the folders of reports that the analytics left under ``var/reports``: one a run, files of known names."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entry_service.core.times import KST

KINDS = ("weekly", "daily")
MEDIA = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
}
RUN = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One file: kind ("weekly", "daily"), ending, bytes."""

    kind: str
    ending: str
    size: int

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return f"{self.kind}.{self.ending}"


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """The reports of one run; ``made`` is when the youngest file was written."""

    run: str
    made: datetime
    files: tuple[ReportFile, ...]

    def of(self, kind: str) -> list[ReportFile]:
        """Return the files of one report, the page first."""
        return [file for file in self.files if file.kind == kind]


def report_folders(reports: Path) -> list[ReportFolder]:
    """Return the folders that hold a report, the youngest first."""
    found = [_folder(path) for path in reports.iterdir()] if reports.is_dir() else []
    return sorted(filter(None, found), key=lambda one: (one.made, one.run), reverse=True)


def report_file(reports: Path, run: str, name: str) -> tuple[Path, str] | None:
    """Return path and media type of a file; None where it is not there, or is none of the reports' names."""
    kind, _, ending = name.partition(".")
    path = reports / run / name
    if not RUN.fullmatch(run) or kind not in KINDS or ending not in MEDIA or not path.is_file():
        return None
    return path, MEDIA[ending]


def _folder(path: Path) -> ReportFolder | None:
    if path.is_symlink() or not path.is_dir() or not RUN.fullmatch(path.name):
        return None
    there = [(kind, ending) for kind in KINDS for ending in MEDIA if (path / f"{kind}.{ending}").is_file()]
    if not there:
        return None
    status = {one: (path / f"{one[0]}.{one[1]}").stat() for one in there}
    made = max(one.st_mtime for one in status.values())
    files = tuple(ReportFile(*one, status[one].st_size) for one in there)
    return ReportFolder(path.name, datetime.fromtimestamp(made, KST), files)
