"""Reads the public result that ``analytics hotspots --publish`` left in ``var/public`` (contract/public.json)."""

import csv
import hashlib
import io
import json
import logging
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from .public_shapes import Shape, draw

ALL = "all"
FILES = ("public.json", "public.csv", "public.geojson")
HOURS = "public_hours.csv"  # which a publication of an earlier analytics does not have
MEASURES = ("entries", "index_visits")
Stamp = tuple[tuple[int, int], ...]

log = logging.getLogger("entry_service.web")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one dong, day and category: ``count`` is None unless ``status`` is "published"."""

    count: int | None
    status: str


NOTHING = Figure(None, "no data")


@dataclass(frozen=True, slots=True)
class PublicResult:
    """One publication. ``files`` are the bytes that the feed gives, each with its validator.

    ``drawn``: each dong's shape and the height of the picture, see public_shapes. ``hours``: by day and dong, what
    was not logged, in percent.
    """

    told: dict
    drawn: tuple[dict[str, Shape], float]
    figures: dict[tuple[str, str, str], dict[str, Figure]]
    hours: dict[tuple[str, str], Figure]
    files: dict[str, tuple[bytes, str]]

    @property
    def as_of(self) -> datetime:
        """Return when the data were known."""
        return datetime.fromisoformat(self.told["as_of"])

    @property
    def period(self) -> tuple[date, date]:
        """Return the first and the last day."""
        first, last = (self.told["period"][name] for name in ("first_day", "last_day"))
        return date.fromisoformat(first), date.fromisoformat(last)

    @property
    def judged(self) -> tuple[date, date] | None:
        """Return the first and the last day that the words are of; None where no word holds."""
        told = self.told.get("judged", self.told["period"])
        return told and (date.fromisoformat(told["first_day"]), date.fromisoformat(told["last_day"]))

    def days(self) -> list[str]:
        """Return the days of which a measure is out, the latest first."""
        return sorted({day for days in self.told["days"].values() for day in days}, reverse=True)

    def latest(self) -> str:
        """Return the latest day of which anything is out; empty where nothing is."""
        return next(iter(self.days()), "")

    def figure(self, day: str, dong: str, category: str) -> dict[str, Figure]:
        """Return each measure of a dong (or ALL) on a day; what is no row was not counted."""
        return self.figures.get((day, dong, category), dict.fromkeys(MEASURES, NOTHING))

    def unlogged(self, day: str, dong: str) -> Figure:
        """Return the percent of a day's hours that were not logged in a dong (or ALL)."""
        return self.hours.get((day, dong), NOTHING)


def read_public(folder: Path) -> PublicResult | None:
    """Return the publication in the folder; None where there is none, or, with a line in the log, no whole one."""
    if not (folder / FILES[0]).is_file():
        return None
    try:
        return _read(folder, tuple(_stamp(folder / name) for name in FILES))
    except (OSError, ValueError, KeyError, TypeError) as reason:
        facts = {"folder": folder.name, "kind": type(reason).__name__}
        log.warning("public result passed over", extra={"facts": facts})
        return None


def _stamp(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=2)
def _read(folder: Path, stamp: Stamp) -> PublicResult:
    names = (*FILES, *([HOURS] if (folder / HOURS).is_file() else []))
    content = {name: (folder / name).read_bytes() for name in names}
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    vouched = {entry["path"]: entry["hash"] for entry in package["resources"]}
    hashes = {name: hashlib.sha256(raw).hexdigest() for name, raw in content.items()}
    if any(vouched[name] != f"sha256:{found}" for name, found in hashes.items()):
        raise ValueError("a file is not what datapackage.json vouches for")
    collection = json.loads(content["public.geojson"])
    shapes = {feature["properties"]["dong_code"]: feature["geometry"] for feature in collection["features"]}
    files = {name: (raw, hashes[name][:32]) for name, raw in content.items()}
    hours = _hours(content[HOURS]) if HOURS in content else {}
    return PublicResult(
        json.loads(content["public.json"]), draw(shapes), _figures(content["public.csv"]), hours, files
    )


def _figures(content: bytes) -> dict[tuple[str, str, str], dict[str, Figure]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return {
        (row["day"], row["dong_code"], row["category"]): {
            name: Figure(int(row[name]) if row[name] else None, row[f"{name}_status"]) for name in MEASURES
        }
        for row in rows
    }


def _hours(content: bytes) -> dict[tuple[str, str], Figure]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return {
        (row["day"], row["dong_code"]): Figure(
            int(row["unlogged"]) if row["unlogged"] else None, row["unlogged_status"]
        )
        for row in rows
    }
