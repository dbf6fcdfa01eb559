"""Tells the register of everything that was ever published, which ``analytics hotspots --publish`` keeps.

It lies beside the public folder. Each line holds the SHA-256 of the line before, so that a line that was changed
or cut out is found; whether the last lines are there is seen from the public result, which says its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from entry_service.upkeep.public_register import LINES, Lines, Standing, read_lines, register_folder, standing

from .public_folder import PublicResult

MEASURES = ("entries", "index_visits", "unlogged")
NOTHING: dict = {"words": {}, "days": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A dong whose word is another than in the publication before."""

    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One line: what came out, and what of the publication before it is told no more or otherwise.

    ``new``: measure → days that came out with it for the first time; ``ended``: days that it no longer tells of,
    whose figures stay binding; ``lost``: an earlier register was lost before it, so nobody knows whether it
    was told otherwise there; ``files``: name → SHA-256; ``facts``: the line as it is written.
    """

    number: int
    created: datetime
    as_of: datetime
    first_day: date
    last_day: date
    new: Mapping[str, tuple[date, ...]]
    ended: tuple[date, ...]
    words: tuple[Word, ...]
    lost: bool
    files: Mapping[str, str]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Register:
    """The publications, the newest first, and how they stand to the public result that is shown."""

    publications: tuple[Publication, ...]
    standing: Standing


def read_register(public: Path, shown: PublicResult | None) -> Register:
    """Return the register beside the public folder, compared with the result that is shown from it."""
    file = register_folder(public) / LINES
    try:
        status = file.stat()
        publications, lines = _read(file, (status.st_mtime_ns, status.st_size))
    except OSError:
        publications, lines = (), Lines()
    told = shown.told if shown else None
    hashes = {name: tag for name, (_, tag) in shown.files.items()} if shown else {}
    return Register(publications, standing(lines.found, lines.whole, told, hashes))


@lru_cache(maxsize=2)
def _read(file: Path, stamp: tuple[int, int]) -> tuple[tuple[Publication, ...], Lines]:
    lines, found, before, lost = read_lines(file), [], NOTHING, False
    for line in lines.found:
        lost = lost or bool(line.get("new_register"))
        try:
            found.append(_publication(line, before, lost))
        except (ValueError, KeyError, TypeError, AttributeError):
            lines = Lines(lines.found, False)
            break
        before = line
    return tuple(reversed(found)), lines


def _publication(line: dict, before: dict, lost: bool) -> Publication:
    days = {name: tuple(date.fromisoformat(day) for day in line["new"].get(name, ())) for name in MEASURES}
    gone = _days(before) - _days(line)
    words = [
        Word(name=line["names"].get(dong) or dong, before=before["words"][dong], now=word)
        for dong, word in line["words"].items()
        if before["words"].get(dong, word) != word
    ]
    return Publication(
        number=line["number"],
        created=datetime.fromisoformat(line["created"]),
        as_of=datetime.fromisoformat(line["as_of"]),
        first_day=date.fromisoformat(line["period"]["first_day"]),
        last_day=date.fromisoformat(line["period"]["last_day"]),
        new=days,
        ended=tuple(sorted(date.fromisoformat(day) for day in gone)),
        words=tuple(words),
        lost=lost,
        files={name: str(one["hash"]).removeprefix("sha256:") for name, one in line["files"].items()},
        facts=line,
    )


def _days(line: dict) -> set[str]:
    return {day for days in line["days"].values() for day in days}
