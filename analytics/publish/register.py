"""The register of everything that was ever published: it only grows, and what it holds binds what comes after.

register.jsonl   a line a publication, each with the SHA-256 of the line before it
days/            a file a measure and day, written when the day first came out: its cells, k and dongs

A shorter extract tells of fewer days than are out; the folder of the newest publication then no longer knows the
others. The register does, for good: a day that returns comes out as it did. A line is written before its
publication takes its place; where a kill came between, the line stands, and binds, without one.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from ..refusals import OutputRefused
from .told_days import TOLD, ToldDay

LINES, DAYS = "register.jsonl", "days"
NAME = "public-register"
"""The folder beside the public one, unless another is named."""
FACTS = (
    "as_of",
    "created",
    "code_version",
    "profile",
    "period",
    "seed",
    "parameters",
    "k",
    "days_after",
    "cells",
    "days",
)
"""Of public.json, what a line repeats."""


@dataclass(frozen=True)
class Register:
    """A register, verified: `lines` as they were read, the oldest first, SHA-256 of the last, and bytes of all."""

    folder: Path
    lines: list[dict[str, object]] = field(default_factory=list)
    last: str = ""
    size: int = 0

    @property
    def next_number(self) -> int:
        """Return the number of the next publication; the first is 1."""
        return len(self.lines) + 1

    def holds(self, package: Mapping[str, object]) -> bool:
        """Say whether a publication with these hashes of files (datapackage.json) stands in it."""
        return any(is_of(line, package) for line in self.lines)

    def told_days(self, days: Iterable[date]) -> Iterator[ToldDay]:
        """Give what is out of these days.

        Raises
        ------
        OutputRefused
            A file of a day is missing, or not what its line vouches for.
        """
        wanted = {day.isoformat() for day in days}
        for line in self.lines:
            for measure, new in line["new"].items():
                for day in sorted(wanted & set(new)):
                    yield self._read(measure, day, new[day], line["number"])

    def _read(self, measure: str, day: str, digest: str, number: int) -> ToldDay:
        file = self.folder / DAYS / f"{measure}-{day}.json"
        content = file.read_bytes() if file.is_file() else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise OutputRefused(f"{file}: is not what was registered with publication {number} (SHA-256 differs)")
        told = json.loads(content)
        index = pd.MultiIndex.from_tuples(
            [tuple(cell[:2]) for cell in told["cells"]], names=["dong_code", "category"]
        )
        counts = pd.array([pd.NA if cell[2] is None else cell[2] for cell in told["cells"]], "Int64")
        cells = pd.DataFrame(
            {measure: counts, f"{measure}_status": [cell[3] for cell in told["cells"]]}, index=index
        )
        where = f"publication {number} of {self.folder}"
        return ToldDay(
            where, measure, date.fromisoformat(day), told["k"], frozenset(told["dongs"]), cells.sort_index()
        )

    def append(
        self,
        told: Mapping[str, object],
        package: Mapping[str, object],
        days: Iterable[ToldDay],
        *,
        taken_over: bool = False,
        new_register: bool = False,
    ) -> "Register":
        """Register a publication durably and return the register with it.

        Parameters
        ----------
        told, package : its public.json and datapackage.json
        days : all that it tells; what is registered already is left as it is
        taken_over : it was published before there was this register
        new_register : an earlier register is lost; what was told in it and no folder holds may come out otherwise
        """
        known = {(measure, day) for line in self.lines for measure, new in line["new"].items() for day in new}
        new: dict[str, dict[str, str]] = {measure: {} for measure in TOLD}
        (self.folder / DAYS).mkdir(mode=0o755, parents=True, exist_ok=True)
        _sync_folder(self.folder)
        _sync_folder(self.folder.absolute().parent)
        for one in days:
            if (one.measure, one.day.isoformat()) not in known:
                content = _day_file(one)
                _write(self.folder / DAYS / f"{one.measure}-{one.day}.json", content)
                new[one.measure][one.day.isoformat()] = hashlib.sha256(content).hexdigest()
        line = {
            "number": self.next_number,
            **{name: told[name] for name in FACTS},
            **words_told(told),
            "new": {measure: dict(sorted(of.items())) for measure, of in new.items()},
            "files": {
                entry["path"]: {"bytes": entry["bytes"], "hash": entry["hash"]} for entry in package["resources"]
            },
            **({"taken_over": True} if taken_over else {}),
            **({"new_register": True} if new_register else {}),
            "before": self.last,
        }
        raw = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        _sync_folder(self.folder / DAYS)
        _append(self.folder / LINES, self.size, raw)
        return Register(self.folder, [*self.lines, line], hashlib.sha256(raw).hexdigest(), self.size + len(raw))


def words_told(told: Mapping[str, object]) -> dict[str, object]:
    """Return what a line repeats of the dongs of a public.json.

    `judged`, if it says; by dong `words`, `names` and, where there is one, `reasons`.
    """
    dongs = told["dongs"]
    return {
        **({"judged": told["judged"]} if "judged" in told else {}),
        "words": {dong["dong_code"]: dong["word"] for dong in dongs},
        "reasons": {dong["dong_code"]: dong["reason"] for dong in dongs if dong["reason"]},
        "names": {dong["dong_code"]: dong["name"] for dong in dongs},
    }


def is_of(line: Mapping[str, object], package: Mapping[str, object]) -> bool:
    """Say whether a line is that of a publication with these hashes of files (datapackage.json)."""
    theirs = {entry["path"]: entry["hash"] for entry in package["resources"]}
    return {name: one["hash"] for name, one in line["files"].items()} == theirs


def read_register(folder: Path) -> Register:
    """Return the register in a folder; an empty one where there is none.

    A last line without its end was torn by a kill or a loss of power before its publication took its place: it is
    none, and the next one is written over it. Where a publication of its number stands in its place it was not
    torn then but cut since, which `run` refuses.

    Raises
    ------
    OutputRefused
        A line is missing, was changed, or cannot be read.
    """
    file = folder / LINES
    lines, last, size = [], "", 0
    for number, raw in enumerate(file.read_bytes().splitlines(keepends=True) if file.is_file() else (), start=1):
        if not raw.endswith(b"\n"):
            break
        try:
            line = json.loads(raw)
            whole = line["number"] == number and line["before"] == last
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise OutputRefused(f"{file}: line {number} is not what was written; nothing is published beside it")
        lines.append(line)
        last, size = hashlib.sha256(raw).hexdigest(), size + len(raw)
    return Register(folder, lines, last, size)


@contextmanager
def alone_with(folder: Path) -> Iterator[Register]:
    """Give the register to one publication at a time: two at once would each tell a day without the other.

    Raises
    ------
    OutputRefused
        Another publication has it, or it is not whole.
    """
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    held = os.open(folder.absolute().parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise OutputRefused(
                f"{folder}: another publication is being made; try again when it has ended"
            ) from busy
        yield read_register(folder)
    finally:
        os.close(held)


def _day_file(one: ToldDay) -> bytes:
    status = one.cells[f"{one.measure}_status"]
    cells = [
        [*key, None if pd.isna(value) else int(value), said]
        for key, value, said in zip(one.cells.index, one.cells[one.measure], status, strict=True)
    ]
    told = {
        "measure": one.measure,
        "day": one.day.isoformat(),
        "k": one.k,
        "dongs": sorted(one.dongs),
        "cells": cells,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.new")
    with draft.open("wb") as opened:
        opened.write(content)
        _sync(opened)
    os.replace(draft, file)


def _append(file: Path, size: int, raw: bytes) -> None:
    """Write a line after the first `size` bytes; what was torn there goes."""
    try:
        with file.open("ab") as opened:
            opened.truncate(size)
            opened.write(raw)
            _sync(opened)
        _sync_folder(file.parent)
    except OSError:
        if file.is_file():
            os.truncate(file, size)
        raise


def _sync(opened) -> None:
    opened.flush()
    os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
