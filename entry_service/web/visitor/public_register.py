"""Reads the register of everything that was ever published, which ``analytics hotspots --publish`` keeps.

It lies beside the public folder. Each line holds the SHA-256 of the line before, so that a line that was changed
or cut out is found here as well as by the writer.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

LINES = "register.jsonl"
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
    whose figures stay binding; ``files``: name → SHA-256; ``facts``: the line as it is written.
    """

    number: int
    created: datetime
    as_of: datetime
    first_day: date
    last_day: date
    new: Mapping[str, tuple[date, ...]]
    ended: tuple[date, ...]
    words: tuple[Word, ...]
    files: Mapping[str, str]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Register:
    """The publications, the newest first, and whether every line is the one that was written."""

    publications: tuple[Publication, ...]
    whole: bool


def register_folder(public: Path) -> Path:
    """Return where the register of a public folder lies."""
    return public.with_name("public-register")


def read_register(public: Path) -> Register:
    """Return the register beside the public folder; an empty one where nothing was ever published."""
    file = register_folder(public) / LINES
    try:
        status = file.stat()
    except OSError:
        return Register((), True)
    return _read(file, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=2)
def _read(file: Path, stamp: tuple[int, int]) -> Register:
    found, before, last = [], NOTHING, ""
    for number, raw in enumerate(file.read_bytes().splitlines(keepends=True), start=1):
        try:
            line = json.loads(raw)
            if line["number"] != number or line["before"] != last or not raw.endswith(b"\n"):
                raise ValueError("not the line that was written")
            found.append(_publication(line, before))
        except (ValueError, KeyError, TypeError, AttributeError):
            return Register(tuple(reversed(found)), False)
        before, last = line, hashlib.sha256(raw).hexdigest()
    return Register(tuple(reversed(found)), True)


def _publication(line: dict, before: dict) -> Publication:
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
        files={name: str(one["hash"]).removeprefix("sha256:") for name, one in line["files"].items()},
        facts=line,
    )


def _days(line: dict) -> set[str]:
    return {day for days in line["days"].values() for day in days}
